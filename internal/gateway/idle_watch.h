#pragma once

#include <functional>
#include <memory>

#include "internal/async/timer.h"

namespace mcp::gateway {

// Notices when something has not been used for a while. On while it is armed; what is held, and what busy()
// tells of, is in use.
class IdleWatch {
 public:
  // idle: zero is never. rest() is called once per arm().
  IdleWatch(async::Loop& loop, async::Millis idle, std::function<bool()> busy, std::function<void()> rest);

  void arm();
  void disarm() { timer_.cancel(); }
  // It was used just now.
  void touch() { used_ = std::chrono::steady_clock::now(); }
  // In use as long as the pointer lives.
  std::shared_ptr<void> hold() { return held_; }

 private:
  void look();

  async::Millis idle_;
  std::function<bool()> busy_;
  std::function<void()> rest_;
  std::shared_ptr<void> held_ = std::make_shared<int>(0);
  std::chrono::steady_clock::time_point used_{};
  async::Timer timer_;
};

}  // namespace mcp::gateway
