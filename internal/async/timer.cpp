#include "internal/async/timer.h"

#include <boost/asio/steady_timer.hpp>

namespace mcp::async {

struct Timer::State {
  explicit State(Loop& loop) : timer(loop.executor()) {}
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      timer;
  std::function<void()> fn;
  std::uint64_t round = 0;  // a completion that was already queued when cancel() came must find another round
  bool armed = false;
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}
Timer::Timer(Timer&&) noexcept = default;

Timer::~Timer() {
  if (state_) cancel();
}

void Timer::start(Millis after, std::function<void()> fn) {
  cancel();
  state_->fn = std::move(fn);
  state_->armed = true;
  state_->timer.expires_after(after);
  std::weak_ptr<State> weak = state_;
  std::uint64_t round = state_->round;
  state_->timer.async_wait([weak, round](boost::system::error_code failed) {
    auto state = weak.lock();
    if (!state || failed || !state->armed || state->round != round) return;
    state->armed = false;
    auto call = std::move(state->fn);
    state->fn = nullptr;
    call();
  });
}

void Timer::cancel() {
  ++state_->round;
  if (!state_->armed) return;
  state_->armed = false;
  state_->fn = nullptr;
  state_->timer.cancel();
}

bool Timer::armed() const { return state_->armed; }

Task<bool> sleep_for(Loop& loop, Millis duration) {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      timer(loop.executor());
  timer.expires_after(duration);
  auto [failed] = co_await timer.async_wait(kAwait);
  co_return !failed;
}

}  // namespace mcp::async
