#include "internal/base/repeats.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Repeats, SaysTheFirstAtOnceAndTheSameAgainAfterAMinuteWithTheirNumber) {
  Repeats repeats;
  Repeats::Clock::time_point now{std::chrono::hours(1)};
  EXPECT_EQ(repeats.heard("gone", now), 1u);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(repeats.heard("gone", now + seconds(i)), 0u);
  EXPECT_EQ(repeats.heard("gone", now + seconds(60) - milliseconds(1)), 0u);
  EXPECT_EQ(repeats.heard("gone", now + seconds(60)), 7u);
  EXPECT_EQ(repeats.heard("gone", now + seconds(119)), 0u);
  EXPECT_EQ(repeats.heard("gone", now + seconds(120)), 2u);
}

TEST(Repeats, SaysAnotherOneAtOnce) {
  Repeats repeats;
  Repeats::Clock::time_point now{std::chrono::hours(1)};
  EXPECT_EQ(repeats.heard("gone", now), 1u);
  EXPECT_EQ(repeats.heard("gone", now), 0u);
  EXPECT_EQ(repeats.heard("other", now), 1u);
  EXPECT_EQ(repeats.heard("gone", now), 1u) << "another one came between";
}

TEST(Repeats, CountsOneThatComesSeldomAsOne) {
  Repeats repeats;
  Repeats::Clock::time_point now{std::chrono::hours(1)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(repeats.heard("gone", now + seconds(61 * i)), 1u);
}

}  // namespace
}  // namespace mcp
