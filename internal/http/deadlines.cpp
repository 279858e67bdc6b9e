#include "internal/http/deadlines.h"

#include <algorithm>

namespace mcp::http {

Deadlines::Item::~Item() {
  if (watcher_) watcher_->ignore(*this);
}

Deadlines::Deadlines(async::Loop& loop, async::Millis shortest) : timer_(loop) { expect(shortest); }

void Deadlines::expect(async::Millis shortest) {
  period_ = std::clamp(shortest / 4, async::Millis(5), async::Millis(1000));
}

Deadlines::~Deadlines() {
  for (Item* item : items_) item->watcher_ = nullptr;
}

void Deadlines::watch(Item& item) {
  if (item.watcher_) return;
  item.watcher_ = this;
  item.index_ = items_.size();
  items_.push_back(&item);
  if (!timer_.armed()) timer_.start(period_, [this] { tick(); });
}

void Deadlines::ignore(Item& item) {
  if (item.watcher_ != this) return;
  item.watcher_ = nullptr;
  items_[item.index_] = items_.back();
  items_[item.index_]->index_ = item.index_;
  items_.pop_back();
  if (items_.empty()) timer_.cancel();
}

void Deadlines::tick() {
  if (!items_.empty()) timer_.start(period_, [this] { tick(); });
  auto now = Clock::now();
  // Downwards: ignore() fills a gap with the last item, which was looked at before.
  for (std::size_t i = items_.size(); i-- > 0;) {
    if (i >= items_.size() || items_[i]->at_ > now) continue;
    items_[i]->at_ = kNever;
    items_[i]->expired();
  }
}

}  // namespace mcp::http
