#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "internal/base/error.h"
#include "internal/runtime/backoff.h"

namespace mcp::runtime {

// When to leave a server that keeps failing alone, and when to try it again. Counts failures of the
// transport only: what a server answers, be it an error, proves that it lives. Pure: time and chance come
// from outside.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  using Millis = std::chrono::milliseconds;
  enum class State {
    kClosed,    // calls pass
    kOpen,      // calls fail at once; tried again at retry_at()
    kHalfOpen,  // it is being tried: by a start or a probe, not by a client's call
  };
  struct Outside {
    std::function<Clock::time_point()> now;
    std::function<double()> random;  // [0, 1)
  };

  // Failures in a row that open it.
  static constexpr int kThreshold = 5;
  // Waits are spread by this much to either side, so that gateways do not return all at once.
  static constexpr double kJitter = 0.2;

  explicit Breaker(Outside outside = real());
  static Outside real();

  State state() const { return state_; }
  bool allows() const { return state_ == State::kClosed; }

  // A call was answered.
  void answered();
  // A call failed below MCP. True: that opened it; probe() is due at retry_at().
  bool call_failed(const Error& why);
  // A connection that was up is gone; returns how long to wait before the next start. One such loss does not
  // open it: the next start is likely to succeed, and calls may wait for it.
  Millis lost(const Error& why, Millis uptime);
  // A start failed: open, until the next one.
  Millis start_failed(const Error& why);
  // A probe of a connection that stands failed: open, until the next one; returns how long to wait for it.
  Millis probe_failed(const Error& why);
  // A start or a probe begins.
  void probe();
  // It succeeded. After an opening the very next failure opens it again; an answered call ends that trial.
  void probe_answered();

  // The latest failure, if there was one; kept while things go well.
  const std::optional<Error>& last_error() const { return last_error_; }
  // Since when it is not closed.
  Clock::time_point since() const { return since_; }
  Millis down_for() const;
  // When the next start or probe is due; meaningful until it begins.
  Clock::time_point retry_at() const { return retry_at_; }
  Millis retry_in() const;

 private:
  Millis open(const Error& why, Millis wait);
  Millis open_standing(const Error& why);
  Millis spread(Millis wait) const;

  Outside outside_;
  State state_ = State::kClosed;
  Backoff backoff_;
  int failures_ = 0;
  bool on_trial_ = false;
  Clock::time_point closed_since_;
  Clock::time_point since_;
  Clock::time_point retry_at_;
  std::optional<Error> last_error_;
};

std::string_view to_string(Breaker::State state);

}  // namespace mcp::runtime
