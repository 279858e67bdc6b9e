#include "internal/gateway/shelf.h"

#include "internal/base/log.h"
#include "internal/client/listing.h"

namespace mcp::gateway {
namespace {

constexpr async::Millis kRelistAfter{5'000};  // a list that failed is asked for again
constexpr async::Millis kForEver{365LL * 86'400'000};

}  // namespace

Shelf::Shelf(async::Loop& loop, ListKind kind, std::function<void()> changed)
    : loop_(loop), kind_(kind), changed_(std::move(changed)), retry_(loop) {}

void Shelf::read(client::PeerPtr peer, Labels labels, bool announced) {
  peer_ = std::move(peer);
  labels_ = std::move(labels);
  wanted_ = true;
  announced_ = announced_ || announced;
  if (!reading_) loop_.spawn(run(shared_from_this()));
  reading_ = true;
}

Task<void> Shelf::run(std::shared_ptr<Shelf> self) {
  while (std::exchange(self->wanted_, false) && self->peer_) {
    auto peer = self->peer_;
    self->retry_.cancel();
    std::string method(method_of(self->kind_));
    auto listing = client::list_all(peer, method);
    auto raws = co_await std::move(listing);
    if (self->peer_ != peer) continue;
    if (raws) {
      self->take(*raws);
    } else {
      self->failed(raws.error());
    }
  }
  self->reading_ = false;
  for (auto& slot : std::exchange(self->waiting_, {})) slot.set(true);
}

void Shelf::take(const std::vector<Bytes>& raws) {
  std::vector<std::string> problems;
  auto fresh = std::make_shared<Listing>(
      Listing::build(kind_, raws, labels_.naming, labels_.strict_headers, problems));
  for (const std::string& problem : problems) {
    log::warn("list entry left out", {{"server", labels_.server}, {"reason", problem}});
  }
  bool changed = std::exchange(announced_, false) || !(*fresh == *listing_);
  listing_ = std::move(fresh);
  if (changed) changed_();
}

void Shelf::failed(const Error& why) {
  log::warn("list failed", {{"server", labels_.server}, {"reason", why.message}});
  retry_.start(kRelistAfter, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self && self->peer_) self->read(self->peer_, self->labels_, false);
  });
}

Task<bool> Shelf::settle(std::shared_ptr<Shelf> self, async::Millis patience) {
  if (!self->reading_) co_return true;
  async::Slot<bool> slot(self->loop_);
  self->waiting_.push_back(slot);
  auto woken = co_await slot.get_within(std::min(patience, kForEver));
  co_return woken.has_value();
}

void Shelf::disconnect() {
  peer_.reset();
  wanted_ = false;
  retry_.cancel();
}

void Shelf::clear() {
  bool had = !listing_->items().empty();
  listing_ = std::make_shared<Listing>();
  if (had) changed_();
}

}  // namespace mcp::gateway
