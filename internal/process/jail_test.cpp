// Children shut in by the sandbox package, with real namespaces: skipped where the kernel refuses them.
#include <sys/socket.h>
#include <sys/stat.h>

#include "internal/process/testing.h"
#include "internal/sandbox/workshop.h"

namespace mcp::process {
namespace {

using namespace testing;

class JailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!workshop_.host().namespaces) GTEST_SKIP() << "no namespaces: " << workshop_.host().namespaces_error;
    policy_.profile = "runtime";
  }

  SpawnSpec jailed(const std::string& script) {
    SpawnSpec spec = shell(script);
    spec.directory = "/tmp";
    auto plan = workshop_.plan(policy_, {"sh", "/usr/bin:/bin", "", ""});
    EXPECT_TRUE(plan) << plan.error().message;
    if (plan) spec.jail = std::make_shared<const sandbox::Jail>(plan->jail);
    return spec;
  }

  std::string output_of(const std::string& script) {
    auto child = nursery_.must_spawn(jailed("{ " + script + "; } 2>&1"));
    return child ? read_all(child->take_stdout()) : "";
  }

  // A directory that every user may enter, gone with the test.
  std::string folder() {
    std::string made = "/var/tmp/mcp-jail-" + std::to_string(::getpid());
    ::mkdir(made.c_str(), 0755);
    folder_ = made;
    return made;
  }
  ~JailTest() override {
    if (!folder_.empty()) std::system(("rm -rf " + folder_).c_str());
  }

  static pid_t keeper_of(const Child& child) {
    pid_t init = stat_of(std::to_string(child.pid()))->parent;
    return stat_of(std::to_string(init))->parent;
  }

  std::optional<ExitStatus> end_of(const std::string& script) {
    auto child = nursery_.must_spawn(jailed(script));
    return child ? nursery_.await_exit(*child) : std::nullopt;
  }

  sandbox::Workshop workshop_;
  sandbox::Policy policy_;
  std::string folder_;
  Nursery nursery_;
};

TEST_F(JailTest, RunsAProgramThatSpeaks) { EXPECT_EQ(output_of("echo hello"), "hello\n"); }

TEST_F(JailTest, PassesStandardInputToItsEnd) {
  auto child = nursery_.must_spawn(jailed("cat"));
  ASSERT_TRUE(child);
  int in = child->take_stdin();
  ASSERT_EQ(::write(in, "x", 1), 1);
  ::close(in);
  EXPECT_EQ(read_all(child->take_stdout()), "x");
}

TEST_F(JailTest, MirrorsExitAndSignal) {
  auto left = end_of("exit 7");
  ASSERT_TRUE(left);
  EXPECT_EQ(left->text(), "exit status 7");
  auto killed = end_of("kill -SEGV $$");
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->text(), "killed by SIGSEGV");
}

TEST_F(JailTest, ShowsOnlyItsOwnProcesses) { EXPECT_EQ(output_of("echo /proc/[0-9]*"), "/proc/2\n"); }

TEST_F(JailTest, HasNoNetworkAtAll) {
  EXPECT_EQ(output_of("tail -n +3 /proc/self/net/dev | wc -l"), "1\n");
  EXPECT_EQ(output_of("cat /proc/self/net/route"), "");
}

// The sockets come out to us, in their order; inside a name leads to one of them, and nothing else anywhere.
TEST_F(JailTest, HandsOutTheSocketsThatItsHostsAreMetAt) {
  policy_.allow = {"a.example:443", "b.example:443", "93.184.216.34:80"};
  auto connect = [](const std::string& to) {
    return "(exec 3<>/dev/tcp/" + to + ") 2>/dev/null && echo " + to + "; ";
  };
  SpawnSpec spec = jailed("");
  spec.argv = {"/bin/bash", "-c",
               connect("a.example/443") + connect("b.example/443") + connect("93.184.216.34/80") +
                   connect("a.example/80") + connect("c.example/443") + connect("93.184.216.35/80") + "true"};
  auto child = nursery_.must_spawn(spec);
  ASSERT_TRUE(child);
  auto listeners = child->take_listeners();
  EXPECT_EQ(read_all(child->take_stdout()), "a.example/443\nb.example/443\n93.184.216.34/80\n");
  ASSERT_EQ(listeners.size(), 3u);
  for (const UniqueFd& listener : listeners)
    EXPECT_GE(UniqueFd(::accept(listener.get(), nullptr, nullptr)).get(), 0);
  EXPECT_TRUE(child->take_listeners().empty());
}

TEST_F(JailTest, HoldsAsManyHostsAsAPolicyMayName) {
  for (std::size_t i = 0; i < sandbox::kMaxAllow; ++i)
    policy_.allow.push_back("h" + std::to_string(i) + ".example:1");
  auto child = nursery_.must_spawn(jailed("true"));
  ASSERT_TRUE(child);
  EXPECT_EQ(child->take_listeners().size(), sandbox::kMaxAllow);
}

TEST_F(JailTest, ShowsAReadablePathAndRefusesToWriteIt) {
  policy_.read = {folder()};
  std::ofstream(folder_ + "/note") << "seen";
  EXPECT_EQ(output_of("cat " + folder_ + "/note"), "seen");
  EXPECT_EQ(output_of("echo x > " + folder_ + "/new && echo written"),
            "sh: 1: cannot create " + folder_ + "/new: Read-only file system\n");
}

TEST_F(JailTest, WritesAWritablePathAsItsOwner) {
  policy_.write = {folder()};
  EXPECT_EQ(output_of("echo kept > " + folder_ + "/new && cat " + folder_ + "/new"), "kept\n");
  struct stat about {};
  ASSERT_EQ(::stat((folder_ + "/new").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, ::geteuid());
}

TEST_F(JailTest, HidesEverythingElse) {
  std::ofstream(folder() + "/secret") << "x";
  EXPECT_EQ(output_of("for p in " + folder_ +
                      " /home /root /etc/shadow /sys; do ls -d $p 2>/dev/null; done | wc -l"),
            "0\n");
}

TEST_F(JailTest, KeepsTemporaryFilesToItself) {
  EXPECT_EQ(output_of("echo x > /tmp/a && ls /tmp"), "a\n");
  EXPECT_EQ(output_of("ls /tmp | wc -l"), "0\n");
}

TEST_F(JailTest, SignalsTheProgram) {
  auto child = nursery_.must_spawn(jailed("trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(child);
  read_line(child->take_stdout());
  child->signal(SIGTERM);
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "exit status 9");
}

TEST_F(JailTest, LeavesNobodyBehindWhenItsProgramEnds) {
  std::string marker = unique_sleep();
  auto how = end_of("setsid sh -c 'echo up >/tmp/up; exec sleep " + marker +
                    "' >/dev/null 2>&1 </dev/null & until test -s /tmp/up; do :; done; exit 0");
  ASSERT_TRUE(how);
  EXPECT_TRUE(nursery_.eventually([&] { return sleepers(marker).empty(); }));
}

TEST_F(JailTest, DiesWithWhoeverHoldsIt) {
  for (int victim = 0; victim < 3; ++victim) {
    std::string marker = unique_sleep();
    auto child = nursery_.must_spawn(jailed("setsid sleep " + marker + " & exec sleep " + marker));
    ASSERT_TRUE(child);
    ASSERT_TRUE(nursery_.eventually([&] { return sleepers(marker).size() == 2; }));
    pid_t program = child->pid();
    pid_t init = stat_of(std::to_string(program))->parent;
    pid_t keeper = stat_of(std::to_string(init))->parent;
    ::kill(victim == 0 ? init : victim == 1 ? keeper : nursery_.helper(), SIGKILL);
    EXPECT_TRUE(nursery_.eventually([&] { return sleepers(marker).empty(); })) << victim;
    EXPECT_TRUE(nursery_.eventually([&] { return !child->running(); })) << victim;
  }
}

TEST_F(JailTest, LeavesNoControlGroupOnceTheNextGatewayHasLooked) {
  std::string parent = workshop_.host().cgroups.memory;
  if (parent.empty()) GTEST_SKIP() << "no control group for memory can be made here";
  policy_.limits.memory = 256u << 20;
  auto child = nursery_.must_spawn(jailed("exec sleep 3600"));
  ASSERT_TRUE(child);
  pid_t keeper = keeper_of(*child);
  std::string group = parent + "/mcp-" + std::to_string(keeper);
  EXPECT_EQ(::access(group.c_str(), F_OK), 0);
  ::kill(keeper, SIGKILL);
  EXPECT_TRUE(nursery_.eventually([&] {
    sandbox::try_cgroups();
    return ::access(group.c_str(), F_OK) != 0;
  }));
}

// Whoever may write a folder that is shown could change it between the plan and the start.
TEST_F(JailTest, PlacesNothingByWayOfALinkInWhatIsShown) {
  std::string shown = folder();
  ASSERT_EQ(::mkdir((shown + "/ws").c_str(), 0755), 0);
  ASSERT_EQ(::mkdir((shown + "/other").c_str(), 0755), 0);
  policy_.read = {shown};
  SpawnSpec spec = jailed("ls /usr");
  sandbox::Jail jail = *spec.jail;
  sandbox::Item item = jail.view.back();
  item.source = shown + "/other";
  item.target = shown + "/ws/link";
  jail.view.push_back(item);
  spec.jail = std::make_shared<const sandbox::Jail>(jail);
  ASSERT_EQ(::symlink("/usr", item.target.c_str()), 0);
  auto child = nursery_.spawn(std::move(spec));
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().message.find("placing"), std::string::npos) << child.error().message;
}

TEST_F(JailTest, ReapsOrphansThatNobodyWaitsFor) {
  EXPECT_EQ(output_of("for i in 1 2 3 4 5 6 7 8 9; do (true & true & true &) done; "
                      "until set -- /proc/[0-9]*; test $# -le 3; do :; done; echo reaped"),
            "reaped\n");
}

TEST_F(JailTest, KeepsTheShareOfAProcessor) {
  std::string parent = workshop_.host().cgroups.cpu;
  if (parent.empty()) GTEST_SKIP() << "no control group for the processor can be made here";
  policy_.limits.cpu_percent = 10;
  auto child = nursery_.must_spawn(jailed("while :; do :; done"));
  ASSERT_TRUE(child);
  pid_t keeper = keeper_of(*child);
  std::string file = parent + "/mcp-" + std::to_string(keeper) + "/cpu.stat";
  // The kernel counts the periods in which it was held back.
  EXPECT_TRUE(nursery_.eventually([&] {
    std::string text = slurp(file);
    return text.find("nr_throttled ") != std::string::npos &&
           text.find("nr_throttled 0") == std::string::npos;
  }));
}

TEST_F(JailTest, SaysWhichPathIsNotThere) {
  policy_.read = {folder()};
  SpawnSpec spec = jailed("true");
  ::rmdir(folder_.c_str());
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().message, "sandbox: showing \"" + folder_ + "\": No such file or directory");
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
}

TEST_F(JailTest, FollowsNoLinkThatReplacedAPath) {
  std::string made = folder();
  ::mkdir((made + "/data").c_str(), 0755);
  policy_.read = {made + "/data"};
  SpawnSpec spec = jailed("true");
  ::rmdir((made + "/data").c_str());
  ASSERT_EQ(::symlink("/etc", (made + "/data").c_str()), 0);
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().message.find("Too many levels of symbolic links"), std::string::npos)
      << child.error().message;
}

TEST_F(JailTest, SaysThatACommandIsOutsideTheSandbox) {
  std::string made = folder();
  std::ofstream(made + "/tool") << "#!/bin/sh\n";
  ::chmod((made + "/tool").c_str(), 0755);
  SpawnSpec spec = jailed("true");
  spec.argv = {made + "/tool"};
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().message, "command \"" + made + "/tool\" not found in the sandbox");
}

TEST_F(JailTest, EndsWhatRunsLongerThanItMay) {
  policy_.limits.wall = std::chrono::milliseconds(50);
  auto how = end_of("setsid sleep 3600 & exec sleep 3600");
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "killed by SIGKILL: its time was up");
}

TEST_F(JailTest, NamesTheMemoryThatWasUsedUp) {
  if (workshop_.host().cgroups.memory.empty()) GTEST_SKIP() << "no control group for memory can be made here";
  policy_.limits.memory = 16u << 20;
  auto child = nursery_.must_spawn(jailed("read go; x=0123456789abcdef; while :; do x=$x$x; done"));
  ASSERT_TRUE(child);
  std::string group = workshop_.host().cgroups.memory + "/mcp-" + std::to_string(keeper_of(*child));
  EXPECT_EQ(::access(group.c_str(), F_OK), 0);
  int in = child->take_stdin();
  ASSERT_EQ(::write(in, "\n", 1), 1);
  ::close(in);
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "killed by SIGKILL: it used up its memory");
  EXPECT_TRUE(nursery_.eventually([&] { return ::access(group.c_str(), F_OK) != 0; }));
}

// Many at once: whoever kills their keepers before they are done leaves one at least.
TEST_F(JailTest, LeavesNoControlGroupWhenOurProcessEnds) {
  if (workshop_.host().cgroups.memory.empty()) GTEST_SKIP() << "no control group for memory can be made here";
  policy_.limits.memory = 64u << 20;
  std::vector<std::string> groups;
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 12; ++i) {
    auto child = nursery_.must_spawn(jailed("exec sleep 3600"));
    ASSERT_TRUE(child);
    groups.push_back(workshop_.host().cgroups.memory + "/mcp-" + std::to_string(keeper_of(*child)));
    EXPECT_EQ(::access(groups.back().c_str(), F_OK), 0);
    children.push_back(std::move(child));
  }
  nursery_.drop_spawner();
  for (const std::string& group : groups)
    EXPECT_TRUE(nursery_.eventually([&] { return ::access(group.c_str(), F_OK) != 0; })) << group;
}

TEST_F(JailTest, RefusesForksBeyondItsLimit) {
  if (workshop_.host().cgroups.pids.empty() && !workshop_.host().counts_by_user)
    GTEST_SKIP() << "processes cannot be counted here";
  policy_.limits.pids = 5;
  EXPECT_NE(output_of("for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; echo all"), "all\n");
}

TEST_F(JailTest, IsOnlyForLeashedChildren) {
  SpawnSpec spec = jailed("true");
  spec.leashed = false;
  EXPECT_EQ(nursery_.spawn(spec).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace mcp::process
