#include "internal/bench/schedule.h"

namespace mcp::bench {

Schedule::Schedule(double rate, std::int64_t begin) : gap_(1e9 / rate), begin_(begin) {}

std::int64_t Schedule::next() const {
  return begin_ + static_cast<std::int64_t>(gap_ * static_cast<double>(made_));
}

void Schedule::advance(std::int64_t now) {
  for (std::int64_t time = next(); time <= now; time = next()) {
    waiting_.push_back(time);
    ++made_;
  }
}

std::optional<std::int64_t> Schedule::take() {
  if (waiting_.empty()) return std::nullopt;
  std::int64_t time = waiting_.front();
  waiting_.pop_front();
  return time;
}

void Schedule::restart(std::int64_t begin) {
  begin_ = begin;
  made_ = 0;
}

}  // namespace mcp::bench
