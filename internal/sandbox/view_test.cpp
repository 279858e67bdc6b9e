#include "internal/sandbox/view.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/unique_fd.h"
#include "internal/sandbox/explain.h"

namespace mcp::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A tree of its own under /var/tmp, which no system folder covers.
class ViewTest : public testing::Test {
 protected:
  ViewTest() {
    char name[] = "/var/tmp/mcp-view-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~ViewTest() override { std::filesystem::remove_all(root_); }

  std::string folder(const std::string& path) {
    std::filesystem::create_directories(root_ + path);
    return root_ + path;
  }

  std::string root_;
};

TEST_F(ViewTest, PutsParentsBeforeChildrenAndJoinsReadAndWrite) {
  Policy policy;
  policy.read = {folder("/b/c"), folder("/a")};
  policy.write = {root_ + "/b", root_ + "/a/"};
  auto made = policy_view(policy, {}, true);
  ASSERT_TRUE(made);
  const std::vector<Item>& view = *made;
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view[0].target, root_ + "/a");
  EXPECT_TRUE(view[0].writable && view[0].executable && view[0].own);
  EXPECT_EQ(view[1].target, root_ + "/b");
  EXPECT_TRUE(view[1].writable && !view[1].executable);
  EXPECT_EQ(view[2].target, root_ + "/b/c");
  EXPECT_FALSE(view[2].writable);
}

Host full_host() {
  Host host;
  host.namespaces = host.proc = host.seccomp = true;
  host.landlock = 7;
  host.cgroups = {"/m", "/p", "/c", false};
  host.uid = host.gid = 1000;
  return host;
}

TEST_F(ViewTest, APlanSaysWhatIsMissing) {
  Policy policy;
  policy.profile = "runtime";
  policy.limits.memory = kMinMemory;
  policy.limits.cpu_percent = 50;
  Command command{"sh", "/bin", "", ""};
  EXPECT_THAT(make_plan(policy, command, full_host(), {})->evidence.degraded, IsEmpty());
  Host bare = full_host();
  bare.proc = bare.seccomp = false;
  bare.landlock = 0;
  bare.cgroups = {};
  auto plan = make_plan(policy, command, bare, {"runtime", "hash", "filter"});
  ASSERT_TRUE(plan);
  std::vector<std::string> missing;
  for (const Degraded& gap : plan->evidence.degraded) missing.push_back(gap.protection);
  EXPECT_THAT(missing, ElementsAre("proc", "landlock", "seccomp", "memory", "cpu", "pids"));
  EXPECT_EQ(plan->jail.filter, "");
  EXPECT_NE(explain(*plan).find("DEGRADED"), std::string::npos);
  for (const std::string& one : missing) {
    policy.require = {one};
    EXPECT_EQ(make_plan(policy, command, bare, {}).error().code, ErrorCode::kUnsupported) << one;
    EXPECT_TRUE(make_plan(policy, command, full_host(), {})) << one;
  }
}

TEST_F(ViewTest, APlanSaysWhatAnOlderLandlockLacks) {
  auto gaps = [](Network network, int abi) {
    Policy policy;
    policy.profile = "runtime";
    policy.network = network;
    Host host = full_host();
    host.landlock = abi;
    std::string text;
    auto plan = make_plan(policy, {"sh", "/bin", "", ""}, host, {});
    for (const Degraded& gap : plan->evidence.degraded) {
      EXPECT_EQ(gap.protection, "landlock");
      text += gap.why;
    }
    policy.require = {"landlock"};
    EXPECT_EQ(make_plan(policy, {"sh", "/bin", "", ""}, host, {}).has_value(), text.empty());
    return text;
  };
  using testing::HasSubstr;
  EXPECT_THAT(gaps(Network::kNone, 3), HasSubstr("ABI 3) has no rules for TCP"));
  EXPECT_EQ(gaps(Network::kNone, 4), "");
  EXPECT_EQ(gaps(Network::kPrivateLoopback, 3), "") << "needs no rules for TCP";
  EXPECT_THAT(gaps(Network::kHost, 5), HasSubstr("abstract sockets"));
  EXPECT_EQ(gaps(Network::kHost, 6), "");
}

TEST_F(ViewTest, CountsProcessesByUserOrByGroup) {
  Policy policy;
  policy.profile = "runtime";
  Host bare = full_host();
  bare.cgroups = {};
  bare.counts_by_user = true;
  auto plan = make_plan(policy, {"sh", "/bin", "", ""}, bare, {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->evidence.degraded, IsEmpty());
  Rlimit processes{RLIMIT_NPROC, kDefaultPids, kDefaultPids};
  EXPECT_THAT(plan->jail.rlimits, testing::Contains(processes));
  EXPECT_THAT(make_plan(policy, {"sh", "/bin", "", ""}, full_host(), {})->jail.rlimits,
              testing::Not(testing::Contains(processes)));
}

TEST_F(ViewTest, SaysWhenFewerFilesMayBeOpenThanThePolicyAllows) {
  Policy policy;
  policy.profile = "runtime";
  policy.limits.files = 5000;
  Host host = full_host();
  host.open_files = 5000;
  Command command{"sh", "/bin", "", ""};
  EXPECT_THAT(make_plan(policy, command, host, {})->evidence.degraded, IsEmpty());
  host.open_files = 4999;
  auto plan = make_plan(policy, command, host, {});
  ASSERT_EQ(plan->evidence.degraded.size(), 1u);
  EXPECT_EQ(plan->evidence.degraded[0].protection, "files");
  policy.require = {"files"};
  EXPECT_EQ(make_plan(policy, command, host, {}).error().code, ErrorCode::kUnsupported);
}

TEST_F(ViewTest, WithoutNamespacesThereIsNoPlan) {
  Policy policy;
  policy.profile = "runtime";
  Host none = full_host();
  none.namespaces = false;
  EXPECT_EQ(make_plan(policy, {"sh", "/bin", "", ""}, none, {}).error().code, ErrorCode::kUnsupported);
}

TEST_F(ViewTest, NamesTheArgumentsThatAreHidden) {
  Policy policy;
  policy.profile = "runtime";
  policy.read = {folder("/seen")};
  folder("/seen/below");
  Command command{"sh", "/bin", "", ""};
  command.args = {"-x", root_ + "/seen/below", root_, "/no/such", "/usr/bin/env", "--db=" + root_, "/tmp"};
  auto plan = make_plan(policy, command, full_host(), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->evidence.hidden, ElementsAre(root_, root_));
  EXPECT_NE(explain(*plan).find("not shown   " + root_), std::string::npos);
}

TEST_F(ViewTest, LaysNoArgumentOverAPathThatMayBeWritten) {
  Policy policy;
  policy.profile = "runtime";
  policy.write = {folder("/notes")};
  Command command{"sh", "/bin", "", "", {folder("/notes/today"), folder("/other")}, true};
  auto plan = make_plan(policy, command, full_host(), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->evidence.grants,
              ElementsAre(Grant{root_ + "/notes", true, "write", root_ + "/notes"},
                          Grant{root_ + "/other", false, "argument", root_ + "/other"}));
  EXPECT_THAT(plan->evidence.hidden, IsEmpty());
  EXPECT_NE(explain(*plan).find("/other: read, execute (argument)"), std::string::npos);
}

TEST_F(ViewTest, ShowsAsManyPathsOfACommandAsTheLimitAndNotOneMore) {
  Policy policy;
  policy.profile = "runtime";
  Command command{"sh", "/bin", "", "", {}, true};
  for (std::size_t i = 0; i < kMaxPaths; ++i) command.args.push_back(folder("/" + std::to_string(i)));
  EXPECT_TRUE(make_plan(policy, command, full_host(), {}));
  command.args.push_back(folder("/more"));
  EXPECT_EQ(make_plan(policy, command, full_host(), {}).error().code, ErrorCode::kLimit);
}

// A server with write = a folder above what another server, or itself, is shown.
TEST_F(ViewTest, RefusesANamedPathThatAServerMayHaveLedElsewhere) {
  folder("/ws");
  std::filesystem::create_symlink(folder("/keys"), root_ + "/ws/x");
  Policy policy;
  policy.profile = "runtime";
  policy.read = {root_ + "/ws/x"};
  Command command{"sh", "/bin", "", ""};
  EXPECT_TRUE(make_plan(policy, command, full_host(), {}));
  command.written = {root_ + "/ws"};
  auto refused = make_plan(policy, command, full_host(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("/ws/x\" leads to"));
  command.written = {};
  policy.write = {root_ + "/ws"};
  EXPECT_EQ(make_plan(policy, command, full_host(), {}).error().code, ErrorCode::kDenied);
}

TEST_F(ViewTest, FollowsALinkThatStaysInWhatAServerMayWrite) {
  folder("/ws/releases/5");
  std::filesystem::create_symlink("releases/5", root_ + "/ws/current");
  Policy policy;
  policy.profile = "runtime";
  policy.write = {root_ + "/ws"};
  policy.read = {root_ + "/ws/current"};
  auto plan = make_plan(policy, {"sh", "/bin", "", ""}, full_host(), {});
  ASSERT_TRUE(plan) << plan.error().message;
  // /ws is shown with the link in it: what it leads to is laid there.
  const Item& last = plan->jail.view.back();
  EXPECT_EQ(last.target, root_ + "/ws/releases/5");
  EXPECT_EQ(last.source, last.target);
  EXPECT_FALSE(last.writable);
}

TEST_F(ViewTest, RefusesNamedLinksToWhatIsNeverShown) {
  for (const char* to : {"/etc", "/proc", "/proc/self", "/dev", "/"}) {
    std::filesystem::remove(root_ + "/link");
    std::filesystem::create_symlink(to, root_ + "/link");
    Policy policy;
    policy.profile = "runtime";
    policy.write = {root_ + "/link"};
    EXPECT_EQ(make_plan(policy, {"sh", "/bin", "", ""}, full_host(), {}).error().code, ErrorCode::kInvalid)
        << to;
  }
}

TEST_F(ViewTest, TellsOfSocketsThatAreShown) {
  std::string path = folder("/run") + "/engine.sock";
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Policy policy;
  policy.profile = "runtime";
  policy.read = {root_ + "/run"};
  auto plan = make_plan(policy, {"sh", "/bin", "", ""}, full_host(), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->evidence.sockets, ElementsAre(path));
  EXPECT_NE(explain(*plan).find("SOCKET      " + path), std::string::npos);
  policy.read = {};
  Command asked{"sh", "/bin", "", "", {"--socket=" + path}, true};
  plan = make_plan(policy, asked, full_host(), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->evidence.grants, IsEmpty());
  ASSERT_EQ(plan->evidence.refused.size(), 1u);
  EXPECT_EQ(plan->evidence.refused[0].path, path);
  EXPECT_NE(explain(*plan).find("not shown   " + path), std::string::npos);
}

}  // namespace
}  // namespace mcp::sandbox
