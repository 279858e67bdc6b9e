#include "tests/soak/reload.h"

#include <csignal>

#include <set>

#include "tests/soak/readiness.h"

namespace mcp::soak {
namespace {

constexpr async::Millis kPatience{90'000};  // a server that was killed meanwhile waits for its back-off
constexpr async::Millis kGlance{100};
constexpr async::Millis kNoticed{3'000};  // by then a changed file has been seen

bool runs(const Household::Member& member, const World& world, const std::string& server) {
  bool server_itself = member.command.rfind(world.options.server, 0) == 0;
  return server_itself && member.command.find(std::string(kServerWord) + server + " ") != std::string::npos;
}

// Process ids by server, of all stdio servers but `except` and "own", whose sessions come and go.
std::map<std::string, std::set<pid_t>> processes_but(const World& world, const std::string& except) {
  std::map<std::string, std::set<pid_t>> found;
  Household household = Household::of(world.home);
  for (const std::string& server : world.configuration->stdio_servers()) {
    if (server == except || server == "own") continue;
    for (const auto& member : household.members) {
      if (runs(member, world, server)) found[server].insert(member.pid);
    }
  }
  return found;
}

// Does every process of this server have the environment that tells its generation?
bool is_changed(const World& world, const std::string& server, const std::string& generation) {
  const std::string mark = std::string(1, '\0') + generation + std::string(1, '\0');
  std::size_t count = 0;
  for (const auto& member : Household::of(world.home).members) {
    if (!runs(member, world, server)) continue;
    ++count;
    if (member.environment.find(mark) == std::string::npos) return false;
  }
  return count > 0;
}

Task<void> try_broken_file(World* world) {
  auto before = processes_but(*world, "");
  if (!world->configuration->write_broken()) co_return;
  world->gateway->signal(SIGHUP);
  auto pausing = pause(world, kNoticed);
  co_await std::move(pausing);
  if (processes_but(*world, "") != before) ++world->complaints["a broken file changed servers"];
  ++world->tally.broken_reloads;
}

}  // namespace

Task<void> reload(World* world) {
  auto waiting = until_all_ready(world, kPatience);
  auto all_ready = co_await std::move(waiting);
  if (!all_ready) {
    ++world->complaints["before a reload: " + all_ready.error().message];
    co_return;
  }
  if (world->one_in(4)) {
    auto trying = try_broken_file(world);
    co_await std::move(trying);
  }
  const auto& servers = world->configuration->stdio_servers();
  const std::string server = servers[world->below(servers.size())];
  auto before = processes_but(*world, server);
  const std::string generation = world->configuration->change(server);
  if (auto written = world->configuration->write(); !written) {
    ++world->complaints["write: " + written.error().message];
    co_return;
  }
  if (world->one_in(2)) world->gateway->signal(SIGHUP);
  bool changed = false;
  for (async::Millis waited{0}; waited < kPatience && !changed; waited += kGlance) {
    auto pausing = pause(world, kGlance);
    co_await std::move(pausing);
    changed = is_changed(*world, server, generation);
  }
  if (!changed) ++world->complaints["a changed server was not started again"];
  auto readying = until_all_ready(world, kPatience);
  auto ready = co_await std::move(readying);
  if (!ready) ++world->complaints["after a reload: " + ready.error().message];
  if (processes_but(*world, server) != before) ++world->complaints["a reload restarted another server"];
  ++world->tally.reloads;
}

}  // namespace mcp::soak
