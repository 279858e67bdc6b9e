#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace mcp::runtime {

// How long to wait before the next start of something that keeps failing: 1 s, doubled up to 60 s. A run that
// lasted for kStable was a good one: the next start comes at once, and what fails after it waits 1 s again.
// Pure.
class Backoff {
 public:
  using Millis = std::chrono::milliseconds;

  // The wait after a run that lasted `uptime` (zero: it never became ready).
  Millis next(Millis uptime) {
    if (uptime >= kStable) {
      wait_ = kFirst;
      return Millis{0};  // its clients are waiting
    }
    return std::exchange(wait_, std::min(wait_ * 2, kLongest));
  }

  static constexpr Millis kFirst{1'000};
  static constexpr Millis kLongest{60'000};
  // The one line between a server that is stable and one that keeps failing.
  static constexpr Millis kStable{10'000};

 private:
  Millis wait_ = kFirst;
};

}  // namespace mcp::runtime
