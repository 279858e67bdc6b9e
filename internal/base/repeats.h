#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mcp {

// A complaint that comes again and again: the first is said, the same one again after a minute at the
// earliest, with how many there were; another one at once. Pure.
class Repeats {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kQuiet{60};

  // How many of it there were since it was said last, this one included; 0: it is not to be said now.
  std::size_t heard(std::string_view complaint, Clock::time_point now) {
    if (complaint != said_) {
      said_ = complaint;
      unsaid_ = 0;
    } else if (now - at_ < kQuiet) {
      ++unsaid_;
      return 0;
    }
    at_ = now;
    return std::exchange(unsaid_, 0) + 1;
  }

 private:
  std::string said_;
  Clock::time_point at_{};
  std::size_t unsaid_ = 0;
};

}  // namespace mcp
