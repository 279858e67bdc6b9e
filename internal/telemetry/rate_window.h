#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace mcp::telemetry {

// What has been counted since the start.
struct Totals {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::vector<std::uint64_t> durations;  // by bucket of duration_bounds(), and above
};

// What the last seconds were like, from totals that are noted about once a second. Pure.
class RateWindow {
 public:
  static constexpr std::size_t kNotes = 11;  // about ten seconds

  void note(double now_seconds, Totals totals);

  struct Rates {
    double seconds = 0;  // over how long; 0: nothing is known yet
    double calls = 0;    // a second
    double errors = 0;
    double p50 = 0;  // seconds; 0: there were no calls
    double p95 = 0;
    double p99 = 0;
  };
  Rates rates() const;

 private:
  struct Note {
    double at = 0;
    Totals totals;
  };
  std::array<Note, kNotes> notes_;
  std::size_t noted_ = 0;
};

// The value below which the fraction q of what was counted lies: inside its bucket by a straight line, as
// Prometheus' histogram_quantile does. Above all bounds: the last bound. 0 when nothing was counted.
double quantile(const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts, double q);

}  // namespace mcp::telemetry
