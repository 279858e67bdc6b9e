#include "internal/telemetry/process_stats.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::telemetry {
namespace {

std::string stat_line(const std::string& command, int utime, int stime, int pages) {
  std::string line = "7 (" + command + ") S 1 7 7 0 -1 4194304 0 0 0 0 ";
  return line + std::to_string(utime) + " " + std::to_string(stime) + " 0 0 20 0 1 0 100 1000000 " +
         std::to_string(pages) + " 18446744073709551615 1 1 0\n";
}

TEST(ProcessStats, ReadsMemoryAndTimeBehindAnyCommand) {
  FakeEnv env;
  env.files["/proc/7/stat"] = stat_line("a) b (c", 150, 50, 3);
  auto stats = process_stats(env, 7);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->resident_bytes, 3u * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
  EXPECT_DOUBLE_EQ(stats->cpu_seconds, 200.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

TEST(ProcessStats, KnowsNothingOfAProcessThatIsGone) {
  FakeEnv env;
  EXPECT_FALSE(process_stats(env, 7));
  env.files["/proc/7/stat"] = "7 (x) S";
  EXPECT_FALSE(process_stats(env, 7));
}

TEST(ProcessStats, SumsATree) {
  FakeEnv env;
  auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  env.files["/proc/7/stat"] = stat_line("npx", 0, 0, 1);
  env.files["/proc/7/task/7/children"] = "8 9 ";
  env.files["/proc/8/stat"] = stat_line("node", 0, 0, 10);
  env.files["/proc/8/task/8/children"] = "";
  env.files["/proc/9/stat"] = stat_line("node", 0, 0, 100);
  EXPECT_EQ(resident_bytes_of_tree(env, 7), 111 * page);
  EXPECT_EQ(resident_bytes_of_tree(env, 77), 0u);
}

TEST(ProcessStats, OfThisProcessAreReal) {
  auto stats = process_stats(real_env(), ::getpid());
  ASSERT_TRUE(stats);
  EXPECT_GT(stats->resident_bytes, 1u << 20);
  EXPECT_GE(resident_bytes_of_tree(real_env(), ::getpid()), stats->resident_bytes / 2);
}

}  // namespace
}  // namespace mcp::telemetry
