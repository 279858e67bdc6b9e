#include "internal/bench/histogram.h"

#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

TEST(Histogram, IsZeroWithoutValues) {
  Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.percentile(50), 0);
  EXPECT_EQ(histogram.percentile(100), 0);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, KnowsSmallValuesExactly) {
  Histogram histogram;
  for (int value = 1; value <= 1000; ++value) histogram.add(value);
  EXPECT_EQ(histogram.count(), 1000);
  EXPECT_EQ(histogram.percentile(50), 500);
  EXPECT_EQ(histogram.percentile(95), 950);
  EXPECT_EQ(histogram.percentile(99), 990);
  EXPECT_EQ(histogram.percentile(100), 1000);
  EXPECT_EQ(histogram.max(), 1000);
  EXPECT_DOUBLE_EQ(histogram.mean(), 500.5);
}

TEST(Histogram, KnowsAnyValueToOnePartInAThousand) {
  for (std::int64_t value = 1; value < Histogram::kMost / 3; value = value * 3 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(Histogram::kMost);  // so that the maximum does not sharpen the answer
    std::int64_t read = histogram.percentile(50);
    EXPECT_GE(read, value);
    EXPECT_LE(read - value, value / 1000);
  }
}

TEST(Histogram, KeepsNeighbouringPowersOfTwoApart) {
  for (int bit = 1; bit < 42; ++bit) {
    Histogram histogram;
    histogram.add((std::int64_t{1} << bit) - 1);
    histogram.add(std::int64_t{1} << bit);
    EXPECT_EQ(histogram.percentile(50), (std::int64_t{1} << bit) - 1) << bit;
    EXPECT_EQ(histogram.percentile(100), std::int64_t{1} << bit) << bit;
  }
}

TEST(Histogram, CountsTheLargestAndWhatIsBeyondIt) {
  Histogram histogram;
  histogram.add(Histogram::kMost);
  histogram.add(Histogram::kMost + 1);
  histogram.add(-5);
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.percentile(30), 0);
  EXPECT_EQ(histogram.percentile(100), Histogram::kMost);
}

TEST(Histogram, AddsAnother) {
  Histogram one, other;
  one.add(10);
  other.add(1'000'000);
  other.add(20);
  one.add(other);
  EXPECT_EQ(one.count(), 3);
  EXPECT_EQ(one.percentile(50), 20);
  EXPECT_EQ(one.max(), 1'000'000);
}

}  // namespace
}  // namespace mcp::bench
