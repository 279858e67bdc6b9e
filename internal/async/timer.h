#pragma once

#include <functional>
#include <memory>

#include "internal/async/loop.h"

namespace mcp::async {

// Calls back once after a while. Destruction or cancel() means: never called.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) = delete;

  // Replaces what was set before. fn may destroy the Timer.
  void start(Millis after, std::function<void()> fn);
  void cancel();
  bool armed() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Waits; false when the coroutine was cancelled meanwhile.
Task<bool> sleep_for(Loop& loop, Millis duration);

}  // namespace mcp::async
