#include "internal/telemetry/rate_window.h"

#include <gtest/gtest.h>

#include "internal/telemetry/metrics.h"

namespace mcp::telemetry {
namespace {

Totals totals(std::uint64_t calls, std::uint64_t errors, std::uint64_t fast) {
  std::vector<std::uint64_t> durations(duration_bounds().size() + 1);
  durations[3] = fast;  // up to 1 ms
  return {calls, errors, std::move(durations)};
}

TEST(RateWindow, KnowsNothingBeforeTheSecondNote) {
  RateWindow window;
  EXPECT_EQ(window.rates().seconds, 0);
  window.note(1, totals(5, 0, 5));
  EXPECT_EQ(window.rates().seconds, 0);
}

TEST(RateWindow, DividesByTheTimeThatPassed) {
  RateWindow window;
  window.note(10, totals(100, 10, 100));
  window.note(12, totals(300, 14, 300));
  auto rates = window.rates();
  EXPECT_DOUBLE_EQ(rates.seconds, 2);
  EXPECT_DOUBLE_EQ(rates.calls, 100);
  EXPECT_DOUBLE_EQ(rates.errors, 2);
  EXPECT_GT(rates.p50, 0.0005);
  EXPECT_LE(rates.p99, 0.001);
}

TEST(RateWindow, ForgetsWhatIsOlderThanItself) {
  RateWindow window;
  for (std::size_t second = 0; second <= RateWindow::kNotes; ++second) {
    // All calls came in the first second.
    window.note(static_cast<double>(second), totals(second == 0 ? 0 : 50, 0, 0));
  }
  EXPECT_DOUBLE_EQ(window.rates().seconds, RateWindow::kNotes - 1);
  EXPECT_DOUBLE_EQ(window.rates().calls, 0);
}

TEST(Quantile, LiesInsideItsBucket) {
  std::vector<double> bounds{1, 2, 4};
  EXPECT_DOUBLE_EQ(quantile(bounds, {0, 10, 0, 0}, 0.5), 1.5);
  EXPECT_DOUBLE_EQ(quantile(bounds, {10, 0, 0, 0}, 1), 1);
  EXPECT_DOUBLE_EQ(quantile(bounds, {5, 0, 5, 0}, 0.75), 3);
}

TEST(Quantile, OfWhatIsAboveAllBoundsIsTheLastBound) {
  EXPECT_DOUBLE_EQ(quantile({1, 2}, {0, 0, 3}, 0.5), 2);
}

TEST(Quantile, OfNothingIsZero) {
  EXPECT_EQ(quantile({1, 2}, {0, 0, 0}, 0.5), 0);
  EXPECT_EQ(quantile({1, 2}, {}, 0.5), 0);
}

}  // namespace
}  // namespace mcp::telemetry
