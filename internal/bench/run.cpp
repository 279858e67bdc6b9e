#include "internal/bench/run.h"

#include <fstream>
#include <vector>

#include "internal/bench/load.h"
#include "internal/bench/now.h"
#include "internal/bench/opening.h"

namespace mcp::bench {
namespace {

Result<std::vector<std::unique_ptr<Wire>>> hold_streams(const Plan& plan) {
  std::vector<std::unique_ptr<Wire>> held;
  for (int i = 0; i < plan.idle_streams; ++i) {
    MCP_ASSIGN(OpenSession session, open_session(plan, plan.idle_era));
    MCP_TRY(hold_stream(session));
    MCP_TRY(session.wire->go_async());
    held.push_back(std::move(session.wire));
  }
  return held;
}

// Reads what came meanwhile (heartbeats).
bool is_open(Wire& wire, std::string& room) {
  for (;;) {
    std::size_t count = 0;
    auto io = wire.read(room.data(), room.size(), count);
    if (io != Wire::Io::kDone) return io == Wire::Io::kAgain;
  }
}

Result<void> open_all(const Plan& plan, Load& load, RunResult& result) {
  for (std::size_t group = 0; group < plan.groups.size(); ++group) {
    for (int i = 0; i < plan.groups[group].sessions; ++i) {
      const GroupPlan& like = plan.groups[group];
      MCP_ASSIGN(OpenSession session, open_session(plan, like.era, like.extra_fields));
      result.starts.add(session.start_ns);
      MCP_TRY(load.add(group, std::move(session.wire), session.sender));
    }
  }
  return {};
}

std::int64_t read_counter(const std::string& path) {
  std::int64_t number = 0;
  if (!path.empty())
    std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(&number), sizeof number);
  return number;
}

}  // namespace

Result<RunResult> run(const Plan& plan) {
  RunResult result;
  result.seconds = plan.seconds;
  std::unique_ptr<ProcessTree> tree;
  ProcessTree::Cpu cpu;
  std::int64_t driver_cpu = 0;
  Load::Looks looks;
  looks.begin = [&] {
    if (tree) cpu = tree->cpu();
    result.counted = read_counter(plan.counter_file);
    driver_cpu = cpu_ns();
  };
  looks.end = [&] {
    result.driver_cpu_seconds = static_cast<double>(cpu_ns() - driver_cpu) / 1e9;
    result.counted = read_counter(plan.counter_file) - result.counted;
    if (!tree) return;
    ProcessTree::Cpu end = tree->cpu();
    result.cpu = {end.own_seconds - cpu.own_seconds, end.servers_seconds - cpu.servers_seconds};
  };
  MCP_ASSIGN(auto held, hold_streams(plan));
  Load load(plan, looks);
  MCP_TRY(open_all(plan, load, result));
  if (plan.pid > 0) {  // now: sessions may have servers of their own
    tree = std::make_unique<ProcessTree>(plan.pid);
    tree->reset_peaks();
    result.own_before = tree->own();
  }
  MCP_TRY(load.run());
  if (tree) {
    result.own_after = tree->own();
    result.servers_after = tree->servers();
  }
  result.groups = load.take_results();
  std::string room(64 << 10, '\0');
  for (auto& wire : held) result.streams_held += is_open(*wire, room) ? 1 : 0;
  return result;
}

}  // namespace mcp::bench
