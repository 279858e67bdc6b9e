#include "internal/base/byte_budget.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ByteBudget::Clock::time_point kStart{seconds(1000)};

TEST(ByteBudget, TakesABurstAtOnceAndHoldsBackTheNextByte) {
  ByteBudget budget(1000, 500);
  EXPECT_EQ(budget.take(500, kStart).count(), 0);
  EXPECT_GT(budget.take(1, kStart).count(), 0);
}

TEST(ByteBudget, TakesTheRateForEverAndHoldsBackMore) {
  ByteBudget steady(1000, 100), fast(1000, 100);
  bool held = false;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(steady.take(100, kStart + milliseconds(100 * i)).count(), 0) << i;
    held = held || fast.take(101, kStart + milliseconds(100 * i)).count() > 0;
  }
  EXPECT_TRUE(held);
}

TEST(ByteBudget, SaysHowLongToWait) {
  ByteBudget budget(1000, 100);
  auto wait = budget.take(1100, kStart);
  EXPECT_GE(wait, seconds(1));
  EXPECT_LE(wait, milliseconds(1001));
  EXPECT_EQ(budget.take(1, kStart + wait + milliseconds(1)).count(), 0);
}

TEST(ByteBudget, KnowsSinceWhenItIsEmpty) {
  ByteBudget budget(1000, 100);
  EXPECT_EQ(budget.empty_for(kStart).count(), 0);
  auto now = kStart;
  for (int i = 0; i < 50; ++i) now += budget.take(200, now);
  EXPECT_EQ(budget.empty_for(now), now - kStart);
  // A pause in which it fills by half ends it.
  now += milliseconds(60);
  budget.take(1, now);
  EXPECT_EQ(budget.empty_for(now).count(), 0);
}

}  // namespace
}  // namespace mcp
