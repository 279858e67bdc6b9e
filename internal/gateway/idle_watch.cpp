#include "internal/gateway/idle_watch.h"

namespace mcp::gateway {

IdleWatch::IdleWatch(async::Loop& loop, async::Millis idle, std::function<bool()> busy,
                     std::function<void()> rest)
    : idle_(idle), busy_(std::move(busy)), rest_(std::move(rest)), timer_(loop) {}

void IdleWatch::arm() {
  touch();
  if (idle_.count() > 0) timer_.start(idle_, [this] { look(); });
}

void IdleWatch::look() {
  if (busy_() || held_.use_count() > 1) touch();
  auto unused = std::chrono::duration_cast<async::Millis>(std::chrono::steady_clock::now() - used_);
  if (unused >= idle_) return rest_();
  timer_.start(idle_ - unused, [this] { look(); });
}

}  // namespace mcp::gateway
