#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

namespace mcp {

// How many lines a second may be written. Pure.
class LineBudget {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LineBudget(int lines_per_second) : limit_(lines_per_second) {}

  // May a line be written now?
  bool take(Clock::time_point now) {
    if (now - window_ >= std::chrono::seconds(1)) {
      window_ = now;
      written_ = 0;
    }
    if (written_ < limit_) {
      ++written_;
      return true;
    }
    ++dropped_;
    return false;
  }

  // Has a new second begun since the last line, so that what was dropped before is to be told?
  bool owes_report(Clock::time_point now) const {
    return dropped_ > 0 && now - window_ >= std::chrono::seconds(1);
  }
  // The lines that were not written since this was asked last.
  std::size_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  int limit_;
  Clock::time_point window_{};  // no line yet: any time is later
  int written_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace mcp
