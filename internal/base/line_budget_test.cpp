#include "internal/base/line_budget.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

using std::chrono::milliseconds;

TEST(LineBudget, WritesUpToTheLimitOfASecondAndDropsTheNextLine) {
  LineBudget budget(20);
  LineBudget::Clock::time_point now{std::chrono::hours(1)};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.take(now)) << i;
  EXPECT_FALSE(budget.take(now));
  EXPECT_FALSE(budget.take(now + milliseconds(999)));
  EXPECT_EQ(budget.take_dropped(), 2u);
  EXPECT_EQ(budget.take_dropped(), 0u);
}

TEST(LineBudget, BeginsAnewEachSecondAndOwesAReportOfWhatWasDropped) {
  LineBudget budget(1);
  LineBudget::Clock::time_point now{std::chrono::hours(1)};
  EXPECT_TRUE(budget.take(now));
  EXPECT_FALSE(budget.take(now));
  EXPECT_FALSE(budget.owes_report(now + milliseconds(999)));
  EXPECT_TRUE(budget.owes_report(now + milliseconds(1000)));
  EXPECT_TRUE(budget.take(now + milliseconds(1000)));
}

}  // namespace
}  // namespace mcp
