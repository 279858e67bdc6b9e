#include "internal/sandbox/cgroups.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace mcp::sandbox {
namespace {

TEST(Cgroups, FindsItsPlaceInEveryHierarchy) {
  auto v1 = parse_places("9:pids:/\n4:memory:/group/a\n2:cpu,cpuacct:/b\n1:name=systemd:/\n0::/u\n",
                         "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                         "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                         "32 25 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
                         "33 25 0:29 / /sys/fs/cgroup/unified rw shared:2 - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(v1.memory, "/sys/fs/cgroup/memory/group/a");
  EXPECT_EQ(v1.cpu, "/sys/fs/cgroup/cpu,cpuacct/b");
  EXPECT_EQ(v1.pids, "/sys/fs/cgroup/pids");
  EXPECT_EQ(v1.v2, "/sys/fs/cgroup/unified/u");
  auto v2 = parse_places("0::/user.slice/me\n", "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(v2.v2, "/sys/fs/cgroup/user.slice/me");
  EXPECT_EQ(v2.memory, "");
  EXPECT_EQ(parse_places("", "").v2, "");
}

// A directory in which nothing can be limited is no place for groups, whatever hierarchy it is said to be of.
TEST(Cgroups, TakesNoPlaceThatDoesNotWork) {
  char name[] = "/var/tmp/mcp-cgroups-XXXXXX";
  std::string folder = ::mkdtemp(name);
  EXPECT_EQ(try_cgroups({folder, "", "", ""}).kind(), "none");
  EXPECT_EQ(try_cgroups({"", folder, folder, folder}).kind(), "none");
  EXPECT_EQ(try_cgroups({folder + "/not/there", "/proc", "/", ""}).kind(), "none");
  EXPECT_EQ(::rmdir(folder.c_str()), 0) << "nothing is left in it";
}

TEST(Cgroups, SweepsWhatADeadGatewayLeftAndNothingElse) {
  Cgroups found = try_cgroups();
  if (found.pids.empty()) GTEST_SKIP() << "no control group can be made here";
  std::string dead = found.pids + "/mcp-4194305";  // above every pid (PID_MAX_LIMIT)
  std::string alive = found.pids + "/mcp-" + std::to_string(::getppid());
  std::string other = found.pids + "/mcp-4194305x";
  for (const std::string& path : {dead, alive, other}) ASSERT_EQ(::mkdir(path.c_str(), 0755), 0) << path;
  EXPECT_EQ(try_cgroups().kind(), found.kind());
  EXPECT_NE(::access(dead.c_str(), F_OK), 0);
  ASSERT_EQ(::mkdir(dead.c_str(), 0755), 0);
  sweep_cgroups();
  EXPECT_NE(::access(dead.c_str(), F_OK), 0);
  EXPECT_EQ(::rmdir(alive.c_str()), 0);
  EXPECT_EQ(::rmdir(other.c_str()), 0);
}

TEST(Cgroups, WritesTheLimitsOfEitherVersion) {
  Limits limits;
  limits.memory = 64u << 20;
  limits.cpu_percent = 50;
  limits.pids = 7;
  auto v2 = groups_for({"/g", "/g", "/g", true}, limits, true);
  ASSERT_EQ(v2.size(), 1u);
  EXPECT_EQ(v2[0].events, (std::vector<std::string>{"memory.events", "pids.events"}));
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(v2[0].settings, (Settings{{"memory.max", "67108864"},
                                      {"?memory.swap.max", "0"},
                                      {"cpu.max", "50000 100000"},
                                      {"pids.max", "7"}}));
  auto v1 = groups_for({"/m", "/p", "/c", false}, limits, true);
  ASSERT_EQ(v1.size(), 3u);
  EXPECT_EQ(v1[0].settings[0], (std::pair<std::string, std::string>("memory.limit_in_bytes", "67108864")));
  EXPECT_EQ(v1[1].settings[1], (std::pair<std::string, std::string>("cpu.cfs_quota_us", "50000")));
  EXPECT_EQ(v1[2].parent, "/p");
}

TEST(Cgroups, CountsProcessesByDefaultAndLimitsNothingElse) {
  auto groups = groups_for({"/m", "/p", "/c", false}, {}, false);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].settings[0].second, std::to_string(kDefaultPids));
  EXPECT_TRUE(groups_for({}, {}, false).empty());
  EXPECT_TRUE(groups_for({"/m", "/p", "/c", false}, {}, true).empty()) << "its user is counted instead";
}

}  // namespace
}  // namespace mcp::sandbox
