// Nothing that a leashed child started survives it, us, or the processes between.
#include "internal/process/spawner.h"
#include "internal/process/testing.h"

namespace mcp::process {
namespace {

using namespace testing;

// Starts four sleepers: in the group, in a session of its own, daemonised by a double fork, and below a
// daemon.
std::string family(const std::string& marker) {
  std::string sleep = "sleep " + marker;
  return sleep + " & setsid " + sleep + " & (setsid " + sleep + " &) ; (setsid sh -c '" + sleep +
         " & wait' &) ; ";
}
constexpr std::size_t kFamily = 4;

SpawnSpec family_that_waits(const std::string& marker) {
  return shell(family(marker) + "echo ready; read x; exit 5");
}

class LeashTest : public ::testing::Test {
 protected:
  std::unique_ptr<Child> start_family() {
    auto child = nursery_.must_spawn(family_that_waits(marker_));
    if (child) expect_family(kFamily);
    return child;
  }
  void expect_family(std::size_t size) {
    EXPECT_TRUE(nursery_.eventually([&] { return sleepers(marker_).size() == size; }))
        << sleepers(marker_).size();
  }

  Nursery nursery_;
  std::string marker_ = unique_sleep();
};

TEST_F(LeashTest, DestructionKillsEveryDescendant) {
  auto child = start_family();
  pid_t helper = nursery_.helper();
  child.reset();
  expect_family(0);
  EXPECT_TRUE(nursery_.eventually([&] { return nursery_.spawner().running() == 0; }));
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(helper).empty(); })) << "no zombie";
}

TEST_F(LeashTest, TheChildsOwnEndKillsItsOrphans) {
  auto child = start_family();
  ::close(child->take_stdin());
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "exit status 5");
  expect_family(0);
}

TEST_F(LeashTest, OrphansLiveAsLongAsTheirRoot) {
  std::string other_marker = unique_sleep();
  auto other = nursery_.must_spawn(family_that_waits(other_marker));
  ASSERT_TRUE(nursery_.eventually([&] { return sleepers(other_marker).size() == kFamily; }));
  start_family().reset();
  expect_family(0);
  EXPECT_EQ(sleepers(other_marker).size(), kFamily);
  EXPECT_TRUE(other->running());
}

TEST_F(LeashTest, KillsAWideAndDeepTree) {
  auto child = nursery_.must_spawn(
      shell("n=0; while [ $n -lt 40 ]; do (setsid sleep " + marker_ +
            " &); n=$((n+1)); done; grow() { if [ $1 -gt 0 ]; then (grow $(($1-1)); wait) & fi; sleep " +
            marker_ + " & wait; }; grow 20"));
  expect_family(61);
  child.reset();
  expect_family(0);
}

TEST_F(LeashTest, ReapsOrphansWhileTheChildLives) {
  auto child = nursery_.must_spawn(shell("(true &); (true &); (true &); echo ready; read x"));
  int out = child->take_stdout();
  read_line(out);
  ::close(out);
  pid_t keeper = stat_of(std::to_string(child->pid()))->parent;
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(keeper).size() == 1; }));
}

TEST_F(LeashTest, DestroyingTheSpawnerKillsEverything) {
  auto child = start_family();
  nursery_.drop_spawner();
  EXPECT_EQ(sleepers(marker_).size(), 0u) << "gone when the destructor returns";
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "killed by SIGKILL");
  EXPECT_TRUE(children_of(::getpid()).empty());
}

TEST_F(LeashTest, TheHelpersDeathIsTheChildrens) {
  auto child = start_family();
  ASSERT_EQ(::kill(nursery_.helper(), SIGKILL), 0);
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "killed by SIGKILL");
  expect_family(0);
}

TEST_F(LeashTest, AKilledKeeperTakesItsChildAlong) {
  auto child = start_family();
  auto other = nursery_.must_spawn(shell("cat"));
  ASSERT_EQ(::kill(stat_of(std::to_string(child->pid()))->parent, SIGKILL), 0);
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "killed by SIGKILL");
  expect_family(0);
  EXPECT_TRUE(other->running());
}

// A terminal's Ctrl-C and a service manager's stop reach every process; the one that decides is ours.
TEST_F(LeashTest, HelperAndKeeperIgnoreSignalsMeantForUs) {
  auto child = nursery_.must_spawn(shell("cat"));
  pid_t helper = nursery_.helper();
  pid_t keeper = stat_of(std::to_string(child->pid()))->parent;
  EXPECT_NE(::getsid(helper), ::getsid(0));
  for (pid_t pid : {helper, keeper}) {
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::kill(pid, number);
  }
  EXPECT_TRUE(nursery_.spawn(shell("true")));
  EXPECT_TRUE(child->running());
}

// Forks a process that owns a Spawner with a child, and returns once `script` has printed a line.
pid_t start_victim(SpawnSpec spec) {
  int ready[2];
  if (::pipe(ready) != 0) return -1;
  pid_t victim = ::fork();
  if (victim == 0) {
    ::close(ready[0]);
    Nursery nursery;
    auto child = nursery.must_spawn(std::move(spec));
    read_line(child->take_stdout());
    if (::write(ready[1], "r\n", 2) != 2) ::_exit(1);
    nursery.loop().run();
    ::_exit(0);
  }
  ::close(ready[1]);
  EXPECT_EQ(read_line(ready[0]), "r");
  ::close(ready[0]);
  return victim;
}

TEST_F(LeashTest, NothingSurvivesTheSuddenDeathOfItsOwner) {
  pid_t victim = start_victim(family_that_waits(marker_));
  ASSERT_GT(victim, 0);
  expect_family(kFamily);
  std::vector<pid_t> between;
  for (const auto& process : children_of(victim)) between.push_back(process.pid);
  ASSERT_EQ(between.size(), 2u);
  ASSERT_EQ(::kill(victim, SIGKILL), 0);
  ASSERT_EQ(::waitpid(victim, nullptr, 0), victim);
  expect_family(0);
  for (pid_t helper : between) EXPECT_TRUE(nursery_.eventually([&] { return ended(helper); }));
}

TEST_F(LeashTest, ADetachedChildSurvivesTheSuddenDeathOfItsOwner) {
  SpawnSpec spec = shell("echo ready; exec sleep " + marker_);
  spec.leashed = false;
  pid_t victim = start_victim(spec);
  ASSERT_GT(victim, 0);
  expect_family(1);
  auto brothers = children_of(victim);
  ASSERT_EQ(brothers.size(), 3u);
  ASSERT_EQ(::kill(victim, SIGKILL), 0);
  ASSERT_EQ(::waitpid(victim, nullptr, 0), victim);
  for (const auto& brother : brothers) {
    if (brother.name != "mcp-spawner") continue;
    EXPECT_TRUE(nursery_.eventually([&] { return ended(brother.pid); }));
  }
  auto left = sleepers(marker_);
  ASSERT_EQ(left.size(), 1u);
  ::kill(left[0], SIGKILL);
}

TEST_F(LeashTest, ADetachedChildSurvivesItsHandleAndTheSpawner) {
  SpawnSpec spec = shell("exec sleep " + marker_);
  spec.leashed = false;
  auto child = nursery_.must_spawn(spec);
  pid_t pid = child->pid();
  expect_family(1);
  child.reset();
  nursery_.drop_spawner();
  EXPECT_EQ(sleepers(marker_), std::vector<pid_t>{pid});
  ::kill(pid, SIGKILL);
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(::getpid()).empty(); })) << "still reaped";
}

TEST_F(LeashTest, ADetachedChildsExitIsReported) {
  SpawnSpec spec = shell("read x; exit 6");
  spec.leashed = false;
  auto child = nursery_.must_spawn(spec);
  EXPECT_EQ(nursery_.spawner().running(), 1u);
  ::close(child->take_stdin());
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "exit status 6");
  EXPECT_EQ(nursery_.spawner().running(), 0u);
}

TEST_F(LeashTest, ADetachedChildTakesSignals) {
  SpawnSpec spec = shell("read x");
  spec.leashed = false;
  auto child = nursery_.must_spawn(spec);
  child->signal(SIGTERM);
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "killed by SIGTERM");
}

TEST_F(LeashTest, ADetachedCommandThatIsNotFoundIsAnError) {
  SpawnSpec spec;
  spec.argv = {"no-such-command-here"};
  spec.leashed = false;
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(children_of(::getpid()).size(), 2u) << "the helpers alone";
}

}  // namespace
}  // namespace mcp::process
