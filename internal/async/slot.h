#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "internal/async/loop.h"

namespace mcp::async {

// A value that one coroutine waits for and someone else on the loop sets, once.
// Copies share the state. A second set() is ignored.
template <class T>
class Slot {
 public:
  explicit Slot(Loop& loop) : state_(std::make_shared<State>(loop)) {}

  void set(T value) const {
    if (state_->value) return;
    state_->value.emplace(std::move(value));
    state_->timer.cancel();
  }
  bool is_set() const { return state_->value.has_value(); }

  // One waiter only. Takes the value out.
  Task<T> get() const { return wait(state_); }

  // nullopt when the deadline passed first; the slot can still be waited for afterwards.
  Task<std::optional<T>> get_within(Millis deadline) const { return wait_within(state_, deadline); }

 private:
  using SteadyTimer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                                 asio::wait_traits<std::chrono::steady_clock>, Executor>;
  struct State {
    explicit State(Loop& loop) : timer(loop.executor()) {}
    SteadyTimer timer;
    std::optional<T> value;
  };

  static Task<T> wait(std::shared_ptr<State> state) {
    while (!state->value) {
      state->timer.expires_at(std::chrono::steady_clock::time_point::max());
      auto [ignored] = co_await state->timer.async_wait(kAwait);
      (void)ignored;
    }
    co_return std::move(*state->value);
  }

  static Task<std::optional<T>> wait_within(std::shared_ptr<State> state, Millis deadline) {
    if (!state->value) {
      state->timer.expires_after(deadline);
      auto [ignored] = co_await state->timer.async_wait(kAwait);
      (void)ignored;
    }
    if (!state->value) co_return std::nullopt;
    co_return std::move(state->value);
  }

  std::shared_ptr<State> state_;
};

}  // namespace mcp::async
