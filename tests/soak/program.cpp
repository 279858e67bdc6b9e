#include "tests/soak/program.h"

#include <unistd.h>

#include "internal/async/timer.h"
#include "internal/base/env.h"

namespace mcp::soak {
namespace {

constexpr async::Millis kGlance{20};
constexpr std::size_t kLastWords = 8 << 10;

}  // namespace

Program::Program(async::Loop& loop, std::unique_ptr<process::Child> child, std::string stem)
    : loop_(loop), child_(std::move(child)), stem_(std::move(stem)), end_(loop) {
  for (int descriptor : {child_->take_stdin(), child_->take_stdout()}) ::close(descriptor);
  child_->on_exit([end = end_](process::ExitStatus status) { end.set(status); });
}

Task<Result<std::shared_ptr<Program>>> Program::start(async::Loop* loop, process::Spawner* spawner,
                                                      Words words) {
  const std::string stem = words.folder + "/" + words.name;
  process::SpawnSpec spec;
  // `exec`: the shell becomes the program, its process id stays.
  spec.argv = {"/bin/sh", "-c", "out=$1; shift; exec \"$@\" </dev/null >>\"$out.out\" 2>>\"$out.err\"", "sh",
               stem};
  spec.argv.insert(spec.argv.end(), words.argv.begin(), words.argv.end());
  spec.environment = std::move(words.environment);
  spec.directory = words.folder;
  spec.stderr_mode = process::SpawnSpec::Stderr::kNull;
  auto spawning = spawner->spawn(std::move(spec));
  auto child = co_await std::move(spawning);
  MCP_CO_CHECK(child);
  co_return std::shared_ptr<Program>(new Program(*loop, std::move(*child), stem));
}

Task<Result<std::string>> Program::first_line(async::Millis patience) {
  for (async::Millis waited{0}; waited < patience && running(); waited += kGlance) {
    auto text = real_env().read_file(stem_ + ".out");
    auto end = text ? text->find('\n') : std::string::npos;
    if (end != std::string::npos) co_return text->substr(0, end);
    auto sleeping = async::sleep_for(loop_, kGlance);
    co_await std::move(sleeping);
  }
  co_return fail(ErrorCode::kTimeout, stem_ + " said nothing but: " + last_words());
}

std::string Program::last_words() const {
  auto text = real_env().read_file(stem_ + ".err");
  if (!text) return {};
  return text->substr(text->size() > kLastWords ? text->size() - kLastWords : 0);
}

}  // namespace mcp::soak
