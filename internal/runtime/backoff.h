#pragma once

#include <chrono>

namespace mcp::runtime {

// How long to wait before the next start of something that keeps failing: 1 s, doubled up to 60 s; a run that
// was healthy for a minute starts over. Pure.
class Backoff {
 public:
  using Millis = std::chrono::milliseconds;

  // The wait after a run that lasted `uptime` (zero: it never became ready).
  Millis next(Millis uptime) {
    if (uptime >= kHealthy) wait_ = kFirst;
    Millis now = wait_;
    wait_ = std::min(wait_ * 2, kLongest);
    // A server that did become ready deserves one start at once: its clients are waiting.
    return uptime >= kSettled ? Millis{0} : now;
  }

  static constexpr Millis kFirst{1'000};
  static constexpr Millis kLongest{60'000};
  static constexpr Millis kHealthy{60'000};
  static constexpr Millis kSettled{10'000};

 private:
  Millis wait_ = kFirst;
};

}  // namespace mcp::runtime
