#pragma once

#include <functional>
#include <memory>

#include "internal/async/loop.h"

namespace mcp::cmd {

// SIGINT, SIGTERM, SIGHUP: the first asks for an orderly end, and stops the loop so that its runner hears of
// it; the second ends the process at once.
class StopSignals {
 public:
  // on_hangup: what SIGHUP means instead. One that says that our terminal is gone still asks for the end,
  // unless SIGHUP was ignored when we were started (nohup).
  explicit StopSignals(async::Loop& loop, std::function<void()> on_hangup = {});
  ~StopSignals();

  bool stopping() const;
  // 130 after SIGINT, else 0.
  int exit_code() const;
  // No longer watched; the loop has nothing to wait for here.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mcp::cmd
