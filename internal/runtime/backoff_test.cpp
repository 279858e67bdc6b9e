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

TEST(Backoff, StartsAtOnceWhatWasStableAndNothingElse) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(Backoff::kStable - Millis{1}), Millis{1000});
  EXPECT_EQ(backoff.next(Backoff::kStable), Millis{0});
}

TEST(Backoff, StartsOverAfterAStableRun) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.next(Millis{0});
  backoff.next(Backoff::kStable);
  EXPECT_EQ(backoff.next(Millis{0}), Millis{1000});
}

TEST(Backoff, RunsThatWereAlmostStableDoNotStartOver) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.next(Backoff::kStable - Millis{1});
  EXPECT_EQ(backoff.next(Millis{0}), Millis{32000});
}

TEST(Backoff, StableRunsDoNotMakeTheNextFailureWaitLonger) {
  Backoff backoff;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(backoff.next(Backoff::kStable + Millis{1}), Millis{0});
  EXPECT_EQ(backoff.next(Millis{0}), Millis{1000});
}

}  // namespace
}  // namespace mcp::runtime
