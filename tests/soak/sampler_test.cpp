#include "tests/soak/sampler.h"

#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace mcp::soak {
namespace {

TEST(MemoryCurve, GivesTheSlopePerHundredThousandCalls) {
  MemoryCurve curve;
  for (std::int64_t calls = 0; calls <= 300'000; calls += 10'000) curve.add(calls, 5'000'000 + calls * 20);
  EXPECT_NEAR(curve.slope(0), 2'000'000, 1);
  EXPECT_EQ(curve.most(), 11'000'000);
}

TEST(MemoryCurve, LeavesTheWarmUpOut) {
  MemoryCurve curve;
  for (std::int64_t calls = 0; calls < 100'000; calls += 1'000) curve.add(calls, calls * 1'000);
  for (std::int64_t calls = 100'000; calls <= 400'000; calls += 1'000) curve.add(calls, 100'000'000);
  EXPECT_GT(curve.slope(0), 1'000'000);
  EXPECT_NEAR(curve.slope(0.25), 0, 1);
}

TEST(MemoryCurve, IsFlatWithoutPoints) { EXPECT_EQ(MemoryCurve().slope(0.2), 0); }

TEST(Sampler, SeesItself) {
  EXPECT_GT(memory_of(::getpid()).value_or(0), 100'000);
  EXPECT_FALSE(memory_of(-1));
  const char* home = std::getenv("HOME");
  if (home == nullptr) GTEST_SKIP() << "no HOME";
  auto holdings = holdings_of(home, "soak_test", 1);
  EXPECT_GE(holdings.processes, 1U);
  EXPECT_GE(holdings.descriptors, 3U);
}

}  // namespace
}  // namespace mcp::soak
