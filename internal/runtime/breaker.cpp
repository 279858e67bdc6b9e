#include "internal/runtime/breaker.h"

#include <algorithm>
#include <random>

namespace mcp::runtime {

std::string_view to_string(Breaker::State state) {
  switch (state) {
    case Breaker::State::kClosed: return "closed";
    case Breaker::State::kOpen: return "open";
    case Breaker::State::kHalfOpen: return "half-open";
  }
  return "closed";
}

Breaker::Outside Breaker::real() {
  auto engine = std::make_shared<std::minstd_rand>(std::random_device{}());
  return {[] { return Clock::now(); },
          [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); }};
}

Breaker::Breaker(Outside outside)
    : outside_(std::move(outside)), closed_since_(outside_.now()), since_(closed_since_), retry_at_(since_) {}

Breaker::Millis Breaker::spread(Millis wait) const {
  double factor = 1 - kJitter + 2 * kJitter * outside_.random();
  return Millis(static_cast<Millis::rep>(static_cast<double>(wait.count()) * factor));
}

Breaker::Millis Breaker::open(const Error& why, Millis wait) {
  auto now = outside_.now();
  if (state_ == State::kClosed) since_ = now;
  state_ = State::kOpen;
  failures_ = 0;
  last_error_ = why;
  wait = spread(wait);
  retry_at_ = now + wait;
  return wait;
}

void Breaker::answered() {
  failures_ = 0;
  on_trial_ = false;
}

bool Breaker::call_failed(const Error& why) {
  last_error_ = why;
  if (state_ != State::kClosed) return false;
  if (++failures_ < kThreshold && !on_trial_) return false;
  open_standing(why);
  return true;
}

// The connection stands: there is no start to be hurried.
Breaker::Millis Breaker::open_standing(const Error& why) {
  auto up = std::chrono::duration_cast<Millis>(outside_.now() - closed_since_);
  Millis wait = backoff_.next(up);
  if (wait.count() == 0) wait = backoff_.next(Millis{0});
  return open(why, wait);
}

Breaker::Millis Breaker::probe_failed(const Error& why) {
  return state_ == State::kClosed ? open_standing(why) : start_failed(why);
}

Breaker::Millis Breaker::lost(const Error& why, Millis uptime) {
  last_error_ = why;
  Millis wait = backoff_.next(uptime);
  if (uptime >= Backoff::kStable) failures_ = 0;
  if (state_ != State::kClosed || ++failures_ >= kThreshold || on_trial_) return open(why, wait);
  wait = spread(wait);
  retry_at_ = outside_.now() + wait;
  return wait;
}

Breaker::Millis Breaker::start_failed(const Error& why) { return open(why, backoff_.next(Millis{0})); }

void Breaker::probe() {
  if (state_ == State::kOpen) state_ = State::kHalfOpen;
}

void Breaker::probe_answered() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  failures_ = 0;
  on_trial_ = true;
  closed_since_ = outside_.now();
}

Breaker::Millis Breaker::down_for() const {
  return std::chrono::duration_cast<Millis>(outside_.now() - since_);
}

Breaker::Millis Breaker::retry_in() const {
  return std::max(Millis{0}, std::chrono::duration_cast<Millis>(retry_at_ - outside_.now()));
}

}  // namespace mcp::runtime
