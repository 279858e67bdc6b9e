#include "internal/bench/schedule.h"

#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Schedule, KeepsItsRateWithoutDrift) {
  Schedule schedule(3000, 100);
  schedule.advance(100 + kSecond);
  EXPECT_EQ(schedule.waiting(), 3001U);  // both ends
  std::int64_t last = 0;
  while (auto time = schedule.take()) last = *time;
  EXPECT_EQ(last, 100 + kSecond);
}

TEST(Schedule, HandsNothingOutBeforeItsTime) {
  Schedule schedule(10, 0);
  schedule.advance(0);
  EXPECT_EQ(schedule.take(), 0);
  schedule.advance(kSecond / 10 - 1);
  EXPECT_EQ(schedule.take(), std::nullopt);
  EXPECT_EQ(schedule.next(), kSecond / 10);
  schedule.advance(kSecond / 10);
  EXPECT_EQ(schedule.take(), kSecond / 10);
}

TEST(Schedule, RemembersWhenThoseThatWaitedWereMeant) {
  Schedule schedule(10, 0);
  schedule.advance(kSecond / 2);  // nobody took any
  EXPECT_EQ(schedule.waiting(), 6U);
  EXPECT_EQ(schedule.take(), 0);
  EXPECT_EQ(schedule.take(), kSecond / 10);
}

TEST(Schedule, BeginsAnewWhereItIsTold) {
  Schedule schedule(10, 0);
  schedule.advance(kSecond);
  while (schedule.take()) continue;
  schedule.restart(5 * kSecond);
  EXPECT_EQ(schedule.next(), 5 * kSecond);
  schedule.advance(5 * kSecond);
  EXPECT_EQ(schedule.take(), 5 * kSecond);
}

}  // namespace
}  // namespace mcp::bench
