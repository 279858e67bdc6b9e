// mcp-soak MCP MCP-SOAK-SERVER: `mcp serve` under sessions that come and go and servers that are killed, for
// MCP_SOAK_SECONDS. EXIT STATUS 0: nothing was lost, doubled or left over; 1: something was; 2: usage.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/soak/report.h"
#include "tests/soak/soak.h"

namespace mcp::soak {
namespace {

Task<void> keep(Task<Result<async::Millis>> task, std::optional<Result<async::Millis>>* into) {
  auto result = co_await std::move(task);
  *into = std::move(result);
}

int complain(const Error& error, int status) {
  std::fprintf(stderr, "mcp-soak: error: %s\n", error.message.c_str());
  return status;
}

int run(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  auto spawner = process::Spawner::fork_helpers();
  if (!spawner) return complain(spawner.error(), 1);
  auto options = read_options(argc, argv, real_env());
  if (!options) return complain(options.error(), 2);
  std::printf("soak: seed %llu, %lld s\n", static_cast<unsigned long long>(options->seed),
              static_cast<long long>(options->seconds));
  std::fflush(stdout);

  std::string folder = (std::filesystem::temp_directory_path() / "mcp-soak-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return complain(os_error("mkdtemp " + folder, errno), 1);
  async::Loop loop;
  (*spawner)->attach(loop);
  World world(loop, **spawner, std::move(*options));
  world.folder = folder;
  world.home = folder + "/home";
  std::filesystem::create_directory(world.home);

  std::optional<Result<async::Millis>> end;
  loop.spawn(keep(run_soak(&world), &end));
  const async::Millis deadline(world.options.seconds * 1'500 + 600'000);
  loop.run_until([&end] { return end.has_value(); }, deadline);
  if (!end || !*end) {
    std::fprintf(stderr, "mcp-soak: its files are in %s\n", folder.c_str());
    return complain(end ? end->error() : Error{ErrorCode::kTimeout, "it did not come to an end", {}}, 1);
  }
  bool good = report(world, **end);
  std::error_code ignored;
  if (good) {
    std::filesystem::remove_all(folder, ignored);
  } else {
    std::printf("its files are in %s\n", folder.c_str());
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace mcp::soak

int main(int argc, char** argv) { return mcp::soak::run(argc, argv); }
