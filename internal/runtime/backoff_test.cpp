#include "internal/runtime/backoff.h"

#include <gtest/gtest.h>

namespace mcp::runtime {
namespace {

using Millis = Backoff::Millis;

TEST(Backoff, DoublesUpToAMinute) {
  Backoff backoff;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 9; ++i) waits.push_back(backoff.next(Millis{0}).count());
  EXPECT_EQ(waits, (std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000}));
}

TEST(Backoff, StartsAtOnceWhatRanForAWhile) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(Backoff::kSettled), Millis{0});
  EXPECT_EQ(backoff.next(Backoff::kSettled - Millis{1}), Millis{2000});
}

TEST(Backoff, StartsOverAfterAHealthyRun) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.next(Millis{0});
  EXPECT_EQ(backoff.next(Backoff::kHealthy), Millis{0});
  EXPECT_EQ(backoff.next(Millis{0}), Millis{2000});
}

}  // namespace
}  // namespace mcp::runtime
