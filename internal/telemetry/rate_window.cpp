#include "internal/telemetry/rate_window.h"

#include <numeric>

#include "internal/telemetry/metrics.h"

namespace mcp::telemetry {

void RateWindow::note(double now_seconds, Totals totals) {
  notes_[noted_++ % kNotes] = Note{now_seconds, std::move(totals)};
}

RateWindow::Rates RateWindow::rates() const {
  Rates rates;
  if (noted_ < 2) return rates;
  const Note& last = notes_[(noted_ - 1) % kNotes];
  const Note& first = notes_[noted_ < kNotes ? 0 : noted_ % kNotes];
  rates.seconds = last.at - first.at;
  if (rates.seconds <= 0) return {};
  rates.calls = static_cast<double>(last.totals.calls - first.totals.calls) / rates.seconds;
  rates.errors = static_cast<double>(last.totals.errors - first.totals.errors) / rates.seconds;
  std::vector<std::uint64_t> counts = last.totals.durations;
  for (std::size_t i = 0; i < counts.size() && i < first.totals.durations.size(); ++i) {
    counts[i] -= first.totals.durations[i];
  }
  rates.p50 = quantile(duration_bounds(), counts, 0.5);
  rates.p95 = quantile(duration_bounds(), counts, 0.95);
  rates.p99 = quantile(duration_bounds(), counts, 0.99);
  return rates;
}

double quantile(const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts, double q) {
  auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  if (all == 0) return 0;
  double rank = q * all;
  double below = 0;
  for (std::size_t i = 0; i < counts.size() && i < bounds.size(); ++i) {
    auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= rank) {
      double from = i == 0 ? 0 : bounds[i - 1];
      return from + (bounds[i] - from) * (rank - below) / here;
    }
    below += here;
  }
  return bounds.empty() ? 0 : bounds.back();
}

}  // namespace mcp::telemetry
