#include "internal/gateway/shelf.h"

#include "internal/base/log.h"

namespace mcp::gateway {
namespace {

constexpr async::Millis kForEver{365LL * 86'400'000};

// Capabilities speak of resources, not of templates, and some servers declare prompts and have none: that
// they do not know the method is an answer. One that declares tools has to list them.
bool is_none(ListKind kind, bool declared, const Error& why) {
  return why.code == ErrorCode::kUnsupported && !(kind == ListKind::kTools && declared);
}

}  // namespace

Shelf::Shelf(async::Loop& loop, ListKind kind, bool insists, std::function<void()> changed,
             std::function<void()> troubled)
    : loop_(loop),
      kind_(kind),
      insists_(insists),
      changed_(std::move(changed)),
      troubled_(std::move(troubled)),
      retry_(loop) {}

protocol::Freshness Shelf::freshness() const {
  auto age = std::chrono::duration_cast<async::Millis>(Clock::now() - received_).count();
  return {std::max<std::int64_t>(0, freshness_.ttl_ms - age), freshness_.scope};
}

bool Shelf::slow(async::Millis patience) const {
  return lasted_ > patience || (reading_ && Clock::now() - began_ > patience);
}

void Shelf::read(client::PeerPtr peer, Labels labels, bool announced) {
  peer_ = std::move(peer);
  labels_ = std::move(labels);
  wanted_ = true;
  announced_ = announced_ || announced;
  if (!std::exchange(reading_, true)) loop_.spawn(run(shared_from_this()));
}

Task<void> Shelf::run(std::shared_ptr<Shelf> self) {
  while (std::exchange(self->wanted_, false) && self->peer_) {
    auto peer = self->peer_;
    self->retry_.cancel();
    std::string method(method_of(self->kind_));
    self->began_ = Clock::now();
    auto reading = client::read_list(peer, method);
    auto list = co_await std::move(reading);
    if (self->peer_ != peer) continue;
    self->lasted_ = std::chrono::duration_cast<async::Millis>(Clock::now() - self->began_);
    if (!list && is_none(self->kind_, self->labels_.declared, list.error())) list = client::WholeList{};
    if (list) {
      self->take(*list);
    } else {
      self->failed(list.error());
    }
  }
  self->reading_ = false;
  for (auto& slot : std::exchange(self->waiting_, {})) slot.set(true);
}

void Shelf::take(const client::WholeList& list) {
  std::vector<std::string> problems;
  auto fresh = std::make_shared<Listing>(
      Listing::build(kind_, list.items, labels_.naming, labels_.strict_headers, problems));
  for (const std::string& problem : problems) {
    log::warn("list entry left out", {{"server", labels_.server}, {"reason", problem}});
  }
  bool changed = std::exchange(announced_, false) || !(*fresh == *listing_);
  listing_ = std::move(fresh);
  freshness_ = list.freshness;
  received_ = Clock::now();
  known_ = true;
  backoff_ = {};
  if (changed) changed_();
  set_trouble(std::nullopt);
}

void Shelf::failed(const Error& why) {
  log::warn("list failed", {{"server", labels_.server}, {"reason", why.message}});
  if (!insists_) return;
  set_trouble(why);
  retry_.start(backoff_.next(async::Millis{0}), [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self && self->peer_) self->read(self->peer_, self->labels_, false);
  });
}

void Shelf::set_trouble(std::optional<Error> trouble) {
  bool same =
      trouble.has_value() == trouble_.has_value() && (!trouble || trouble->message == trouble_->message);
  trouble_ = std::move(trouble);
  if (!same && troubled_) troubled_();
}

Task<bool> Shelf::settle(std::shared_ptr<Shelf> self, async::Millis patience) {
  if (!self->reading_) co_return true;
  async::Slot<bool> slot(self->loop_);
  self->waiting_.push_back(slot);
  auto woken = co_await slot.get_within(std::min(patience, kForEver));
  co_return woken.has_value();
}

void Shelf::invalidate() {
  freshness_.ttl_ms = 0;
  wanted_ = wanted_ || reading_;
}

void Shelf::disconnect() {
  peer_.reset();
  wanted_ = false;
  retry_.cancel();
  backoff_ = {};
  trouble_.reset();  // what there is now is that of the connection
}

void Shelf::clear() {
  bool had = !listing_->items().empty();
  listing_ = std::make_shared<Listing>();
  invalidate();
  if (had) changed_();
}

}  // namespace mcp::gateway
