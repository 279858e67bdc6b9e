// A helper that is killed is replaced, whichever of the two it is and whatever it was doing.
#include "internal/process/helper_pair.h"

#include <sys/resource.h>

#include <algorithm>

#include "internal/base/log.h"
#include "internal/process/testing.h"

namespace mcp::process {
namespace {

using namespace testing;

class HelperPairTest : public ::testing::Test {
 protected:
  // others: children of ours beside the two.
  void expect_pair_without(pid_t dead, std::size_t others = 0) {
    EXPECT_TRUE(nursery_.eventually([&] {
      auto pair = nursery_.spawner().helpers();
      return pair.size() == 2 && std::find(pair.begin(), pair.end(), dead) == pair.end();
    }));
    for (pid_t helper : nursery_.spawner().helpers()) {
      EXPECT_NE(helper, dead);
      auto stat = stat_of(std::to_string(helper));
      ASSERT_TRUE(stat);
      EXPECT_EQ(stat->parent, ::getpid());
      EXPECT_EQ(stat->name, "mcp-spawner");
    }
    EXPECT_EQ(children_of(::getpid()).size(), 2 + others) << "no zombie";
  }

  // Its own end of a socket cannot be closed by a process that is stopped.
  void stop(pid_t helper) {
    ASSERT_EQ(::kill(helper, SIGSTOP), 0);
    ASSERT_TRUE(nursery_.eventually([&] { return stat_of(std::to_string(helper))->state == 'T'; }));
  }

  void expect_lost() {
    EXPECT_TRUE(nursery_.eventually([&] { return nursery_.spawner().lost().has_value(); }));
    auto next = nursery_.spawn(shell("true"));
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(next.error().message, "both helper processes that start commands were killed at once");
    EXPECT_EQ(next.error().hint, "restart this program");
    EXPECT_TRUE(children_of(::getpid()).empty());
  }

  Nursery nursery_;
};

TEST_F(HelperPairTest, ReplacesTheHelperThatTakesLaunches) {
  auto child = nursery_.must_spawn(shell("cat"));
  pid_t dead = nursery_.helper();
  pid_t survivor = nursery_.second();
  ASSERT_EQ(::kill(dead, SIGKILL), 0);
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "killed by SIGKILL");
  expect_pair_without(dead);
  EXPECT_EQ(nursery_.helper(), survivor);
  EXPECT_EQ(read_all(nursery_.must_spawn(shell("echo again"))->take_stdout()), "again\n");
  EXPECT_FALSE(nursery_.spawner().lost());
}

TEST_F(HelperPairTest, ReplacesTheHelperThatStandsByAndHarmsNobody) {
  auto child = nursery_.must_spawn(shell("read x; exit 3"));
  pid_t dead = nursery_.second();
  ASSERT_EQ(::kill(dead, SIGKILL), 0);
  expect_pair_without(dead);
  ::close(child->take_stdin());
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "exit status 3");
}

// After two rounds none of the first two is left: a brother makes a brother.
TEST_F(HelperPairTest, ReplacesAsOftenAsOneIsKilled) {
  nursery_.await_exit(*nursery_.must_spawn(shell("true")));
  auto ours = open_descriptors(::getpid());
  for (int round = 0; round < 30; ++round) {
    auto child = nursery_.must_spawn(shell("cat"));
    pid_t dead = nursery_.spawner().helpers().at(round % 2);
    ASSERT_EQ(::kill(dead, SIGKILL), 0);
    ASSERT_TRUE(nursery_.eventually([&] {
      auto now = nursery_.spawner().helpers();
      return now.size() == 2 && std::find(now.begin(), now.end(), dead) == now.end();
    }));
    if (round % 2 == 0) {
      EXPECT_EQ(nursery_.await_exit(*child)->text(), "killed by SIGKILL");
    } else {
      EXPECT_TRUE(child->running());
    }
    child.reset();
    ASSERT_TRUE(nursery_.eventually([&] { return nursery_.spawner().running() == 0; }));
  }
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(::getpid()).size() == 2; }));
  EXPECT_TRUE(nursery_.eventually([&] { return open_descriptors(::getpid()) == ours; }));
  EXPECT_EQ(open_descriptors(nursery_.helper()), open_descriptors(nursery_.second()));
}

TEST_F(HelperPairTest, ALaunchThatLosesItsHelperFailsAndMayBeTriedAgain) {
  pid_t dead = nursery_.helper();
  stop(dead);
  auto child = nursery_.spawn(shell("true"), [dead] { ::kill(dead, SIGKILL); });
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(child.error().message, "the helper process that was to start the command was killed");
  EXPECT_EQ(child.error().hint, "another takes its place: try again");
  EXPECT_TRUE(nursery_.spawn(shell("true")));
}

TEST_F(HelperPairTest, ALaunchFindsTheOtherBeforeTheLoopSawTheDeath) {
  pid_t dead = nursery_.helper();
  ASSERT_EQ(::kill(dead, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT), 0);
  ASSERT_EQ(nursery_.helper(), dead) << "not seen yet";
  EXPECT_TRUE(nursery_.spawn(shell("true")));
}

TEST_F(HelperPairTest, SaysThatBothAreGone) {
  auto child = nursery_.must_spawn(shell("cat"));
  auto both = nursery_.spawner().helpers();
  for (pid_t helper : both) stop(helper);
  for (pid_t helper : both) ASSERT_EQ(::kill(helper, SIGKILL), 0);
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "killed by SIGKILL");
  expect_lost();
}

TEST_F(HelperPairTest, SaysThatTheSecondDiedBeforeItMadeAnother) {
  pid_t survivor = nursery_.second();
  stop(survivor);
  ASSERT_EQ(::kill(nursery_.helper(), SIGKILL), 0);
  ASSERT_TRUE(nursery_.eventually([&] { return nursery_.spawner().helpers().size() == 1; }));
  EXPECT_FALSE(nursery_.spawner().lost());
  ASSERT_EQ(::kill(survivor, SIGKILL), 0);
  expect_lost();
}

TEST_F(HelperPairTest, TriesAgainWhenNoDescriptorWasLeftForAnother) {
  log::configure(log::Level::kWarn, log::Format::kLogfmt);
  nursery_.await_exit(*nursery_.must_spawn(shell("true")));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none_left = before;
  none_left.rlim_cur = 3;
  pid_t dead = nursery_.second();
  ::testing::internal::CaptureStderr();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  ::kill(dead, SIGKILL);
  nursery_.loop().run_until([&] { return nursery_.spawner().helpers().size() == 1; }, kPatience);
  nursery_.loop().run_ready();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("no second one yet"), std::string::npos) << logged;
  expect_pair_without(dead);
}

TEST_F(HelperPairTest, LeavesNoBrotherBehindThatCameTooLate) {
  pid_t survivor = nursery_.second();
  stop(survivor);
  ASSERT_EQ(::kill(nursery_.helper(), SIGKILL), 0);
  ASSERT_TRUE(nursery_.eventually([&] { return nursery_.spawner().helpers().size() == 1; }));
  nursery_.loop().run_ready();  // it is asked for a brother
  ASSERT_EQ(::kill(survivor, SIGCONT), 0);
  nursery_.drop_spawner();
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(::getpid()).empty(); }));
}

TEST_F(HelperPairTest, ADetachedChildSurvivesItsHelper) {
  SpawnSpec spec = shell("read x; exit 6");
  spec.leashed = false;
  auto child = nursery_.must_spawn(spec);
  pid_t dead = nursery_.helper();
  ASSERT_EQ(::kill(dead, SIGKILL), 0);
  expect_pair_without(dead, 1);
  ::close(child->take_stdin());
  EXPECT_EQ(nursery_.await_exit(*child)->text(), "exit status 6");
}

}  // namespace
}  // namespace mcp::process
