#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace mcp {

// How fast bytes may come: a bucket that holds `burst` bytes and is filled at `rate` bytes a second. Pure.
class ByteBudget {
 public:
  using Clock = std::chrono::steady_clock;

  ByteBudget(std::size_t rate, std::size_t burst)
      : rate_(static_cast<double>(rate)), burst_(static_cast<double>(burst)), left_(burst_) {}

  // Takes what came, and says how long nothing more may come: zero while the bucket is not empty.
  std::chrono::milliseconds take(std::size_t bytes, Clock::time_point now) {
    if (begun_) left_ = std::min(burst_, left_ + rate_ * std::chrono::duration<double>(now - last_).count());
    begun_ = true;
    last_ = now;
    if (left_ > std::min(rate_, burst_ / 2)) empty_ = false;
    left_ -= static_cast<double>(bytes);
    if (left_ >= 0) return std::chrono::milliseconds(0);
    if (!empty_) emptied_ = now;
    empty_ = true;
    // Rounded up: after it the bucket is not empty.
    return std::chrono::milliseconds(static_cast<long>(-left_ / rate_ * 1000) + 1);
  }

  // How long it has been empty, without a pause of a second (or one that filled half of it) in between.
  Clock::duration empty_for(Clock::time_point now) const {
    return empty_ ? now - emptied_ : Clock::duration::zero();
  }

 private:
  double rate_, burst_, left_;
  Clock::time_point last_{}, emptied_{};
  bool begun_ = false;
  bool empty_ = false;
};

}  // namespace mcp
