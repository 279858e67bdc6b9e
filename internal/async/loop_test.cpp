#include "internal/async/loop.h"

#include <thread>

#include <gtest/gtest.h>

#include "internal/async/slot.h"
#include "internal/async/timer.h"

namespace mcp::async {
namespace {

constexpr Millis kPatience{5'000};

TEST(Loop, RunsWhatIsPostedLaterAndInOrder) {
  Loop loop;
  std::vector<int> order;
  loop.post([&] { order.push_back(1); });
  loop.post([&] { order.push_back(2); });
  EXPECT_TRUE(order.empty());
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Loop, RunsWhatIsReadyWithoutWaiting) {
  Loop loop;
  Timer later(loop);
  later.start(Millis{3'600'000}, [] {});
  int steps = 0;
  loop.post([&] {
    ++steps;
    loop.post([&] { ++steps; });
  });
  loop.run_ready();
  EXPECT_EQ(steps, 2);
}

TEST(Loop, TakesPostsFromOtherThreads) {
  Loop loop;
  int count = 0;  // touched by the loop's thread only
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.post([&] { ++count; });
  });
  EXPECT_TRUE(loop.run_until([&] { return count == 100; }, kPatience));
  other.join();
}

TEST(Loop, GivesUpAtTheDeadlineOfRunUntil) {
  Loop loop;
  EXPECT_FALSE(loop.run_until([] { return false; }, Millis{5}));
}

TEST(Loop, WorksElsewhereAndFinishesOnItsOwnThread) {
  Loop loop;
  std::thread::id worker, finisher;
  bool done = false;
  loop.offload([&] { worker = std::this_thread::get_id(); },
               [&] {
                 finisher = std::this_thread::get_id();
                 done = true;
               });
  EXPECT_TRUE(loop.run_until([&] { return done; }, kPatience));
  EXPECT_NE(worker, finisher);
  EXPECT_EQ(finisher, std::this_thread::get_id());
}

TEST(Loop, FinishesOffloadedWorkBeforeItGoes) {
  int finished = 0;
  {
    Loop loop;
    loop.offload([&] { ++finished; }, [] {});
  }
  EXPECT_EQ(finished, 1);
}

TEST(Timer, CallsOnce) {
  Loop loop;
  Timer timer(loop);
  int calls = 0;
  timer.start(Millis{1}, [&] { ++calls; });
  EXPECT_TRUE(timer.armed());
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(timer.armed());
}

TEST(Timer, NeverCallsAfterCancelOrDestruction) {
  Loop loop;
  int calls = 0;
  Timer cancelled(loop);
  cancelled.start(Millis{1}, [&] { ++calls; });
  cancelled.cancel();
  {
    Timer gone(loop);
    gone.start(Millis{1}, [&] { ++calls; });
  }
  loop.run();
  EXPECT_EQ(calls, 0);
}

TEST(Timer, StartReplacesWhatWasSet) {
  Loop loop;
  Timer timer(loop);
  std::string said;
  timer.start(Millis{1}, [&] { said += "first"; });
  timer.start(Millis{1}, [&] { said += "second"; });
  loop.run();
  EXPECT_EQ(said, "second");
}

TEST(Timer, IgnoresACompletionThatWasQueuedBeforeCancel) {
  Loop loop;
  Timer timer(loop);
  int calls = 0;
  timer.start(Millis{0}, [&] { ++calls; });
  loop.post([&] { timer.cancel(); });
  loop.run();
  EXPECT_LE(calls, 1);
  timer.start(Millis{1}, [&] { calls += 10; });
  loop.run();
  EXPECT_GE(calls, 10);
}

TEST(Timer, MayBeDestroyedByItsOwnCall) {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  timer->start(Millis{1}, [&] { timer.reset(); });
  loop.run();
  EXPECT_EQ(timer, nullptr);
}

Task<void> take(Slot<int> slot, std::shared_ptr<int> into) { *into = co_await slot.get(); }

Task<void> take_within(Slot<int> slot, Millis deadline, std::shared_ptr<std::optional<int>> into,
                       bool* done) {
  *into = co_await slot.get_within(deadline);
  *done = true;
}

TEST(Slot, GivesAValueThatWasSetBefore) {
  Loop loop;
  Slot<int> slot(loop);
  slot.set(7);
  auto value = std::make_shared<int>(0);
  loop.spawn(take(slot, value));
  loop.run();
  EXPECT_EQ(*value, 7);
}

TEST(Slot, WakesItsWaiterAndIgnoresASecondValue) {
  Loop loop;
  Slot<int> slot(loop);
  auto value = std::make_shared<int>(0);
  loop.spawn(take(slot, value));
  loop.post([slot] {
    slot.set(7);
    slot.set(8);
  });
  loop.run();
  EXPECT_EQ(*value, 7);
}

TEST(Slot, GivesUpAtTheDeadlineAndCanBeWaitedForAgain) {
  Loop loop;
  Slot<int> slot(loop);
  auto value = std::make_shared<std::optional<int>>(1);
  bool done = false;
  loop.spawn(take_within(slot, Millis{1}, value, &done));
  EXPECT_TRUE(loop.run_until([&] { return done; }, kPatience));
  EXPECT_EQ(*value, std::nullopt);
  slot.set(9);
  done = false;
  loop.spawn(take_within(slot, kPatience, value, &done));
  EXPECT_TRUE(loop.run_until([&] { return done; }, kPatience));
  EXPECT_EQ(*value, 9);
}

}  // namespace
}  // namespace mcp::async
