#include "internal/gateway/link_lists.h"

#include <algorithm>

#include "internal/protocol/lifecycle.h"
#include "internal/runtime/backoff.h"

namespace mcp::gateway {
namespace {

using Clock = std::chrono::steady_clock;

constexpr async::Millis kReadPatience{600'000};  // each page has a deadline of its own
constexpr async::Millis kListenPause{100};       // at least, before a stream that ended is opened again
constexpr const char* kAcknowledged = "notifications/subscriptions/acknowledged";

std::optional<ListKind> changed_list(std::string_view method) {
  if (method == "notifications/tools/list_changed") return ListKind::kTools;
  if (method == "notifications/prompts/list_changed") return ListKind::kPrompts;
  if (method == "notifications/resources/list_changed") return ListKind::kResources;
  return std::nullopt;
}

// What a listen stream brings, to its owner; that it is open again after it was away.
std::function<void(const jsonrpc::Message&)> hear_for(std::weak_ptr<client::PeerEvents> owner,
                                                      bool was_away) {
  return [owner = std::move(owner), was_away](const jsonrpc::Message& message) {
    auto events = owner.lock();
    if (!events) return;
    if (was_away && message.method == kAcknowledged) events->missed();
    events->notified(message);
  };
}

}  // namespace

LinkLists::LinkLists(async::Loop& loop, const config::ServerEntry& entry,
                     std::function<void(ListKind)> changed, std::function<void()> troubled)
    : loop_(loop),
      labels_{entry.name, naming_of(entry)},
      over_http_(entry.kind == config::ServerEntry::Kind::kUrl),
      nap_(loop) {
  for (ListKind kind : kAllLists) {
    shelves_[static_cast<std::size_t>(kind)] = std::make_shared<Shelf>(
        loop, kind, /*insists=*/true, [changed, kind] { changed(kind); }, troubled);
  }
}

bool LinkLists::empty() const {
  return std::all_of(shelves_.begin(), shelves_.end(),
                     [](const ShelfPtr& shelf) { return shelf->listing()->items().empty(); });
}

const Error* LinkLists::trouble() const {
  for (const ShelfPtr& shelf : shelves_) {
    if (shelf->trouble()) return &*shelf->trouble();
  }
  return nullptr;
}

const Error* LinkLists::missing() const {
  for (const ShelfPtr& shelf : shelves_) {
    if (shelf->trouble() && !shelf->known()) return &*shelf->trouble();
  }
  return nullptr;
}

void LinkLists::seed(const LinkLists& other) {
  if (!(labels_.naming == other.labels_.naming)) return;
  for (ListKind kind : kAllLists) shelf(kind)->seed(*other.shelf(kind));
}

bool LinkLists::offers(ListKind kind) const {
  const auto& offered = peer_->server().capabilities;
  switch (kind) {
    case ListKind::kTools: return offered.tools;
    case ListKind::kPrompts: return offered.prompts;
    case ListKind::kResources:
    case ListKind::kTemplates: return offered.resources;
  }
  return false;
}

void LinkLists::read(ListKind kind, bool announced) {
  if (peer_ && offers(kind)) shelf(kind)->read(peer_, labels_, announced);
}

ListingPtr LinkLists::shown_to(ListKind kind, const std::string& principal) const {
  ShelfPtr own = private_.find(kind, principal);
  return own && own->known() ? own->listing() : nullptr;
}

ShelfPtr LinkLists::shelf_for(ListKind kind, const std::string& principal) {
  const ShelfPtr& common = shelf(kind);
  bool is_private = common->freshness().scope == protocol::Freshness::Scope::kPrivate;
  if (!is_modern() || !offers(kind) || !common->known() || !is_private) return common;
  return private_.at(kind, principal,
                     [&] { return std::make_shared<Shelf>(loop_, kind, /*insists=*/false, [] {}); });
}

void LinkLists::refresh(ListKind kind, const std::string& principal) {
  if (!is_modern() || !offers(kind)) return;
  ShelfPtr shelf = shelf_for(kind, principal);
  if (shelf->freshness().ttl_ms == 0 && !shelf->reading()) shelf->read(peer_, labels_, false);
}

Task<LinkLists::Part> LinkLists::current(std::shared_ptr<LinkLists> self, ListKind kind,
                                         std::string principal, async::Millis patience) {
  // Nothing of a list that it does not have can grow old.
  if (self->peer_ && !self->offers(kind)) {
    Part nothing{self->shelf(kind)->listing(), {protocol::kMaxTtlMs, protocol::Freshness::Scope::kPublic}};
    co_return nothing;
  }
  ShelfPtr shelf = self->shelf_for(kind, principal);
  for (bool again = true; again;) {
    if (shelf->reading() && !shelf->slow(patience)) {
      auto settling = Shelf::settle(shelf, patience);
      auto settled = co_await std::move(settling);
      (void)settled;
    }
    // A list that has turned out private is not the one to be shown.
    ShelfPtr mine = self->shelf_for(kind, principal);
    again = mine != shelf && shelf == self->shelf(kind);
    shelf = std::move(mine);
    if (again) self->refresh(kind, principal);
  }
  Part part{shelf->listing(), shelf->freshness()};
  if (!self->is_modern()) part = Part{self->shown_to(kind, principal), {}};
  if (!part.listing || !shelf->known()) part.listing = self->shelf(kind)->listing();
  co_return part;
}

Task<void> LinkLists::read_all(std::shared_ptr<LinkLists> self, client::PeerPtr peer) {
  self->peer_ = peer;
  self->private_.clear();
  self->labels_.strict_headers = self->over_http_ && peer->server().era() == protocol::Era::kModern;
  self->labels_.declared = peer->server().declared;
  for (ListKind kind : kAllLists) {
    if (self->peer_ != peer) co_return;
    // A server that was changed may have given a list up.
    if (!self->offers(kind)) self->shelf(kind)->clear();
    self->read(kind, false);
    auto settling = Shelf::settle(self->shelf(kind), kReadPatience);
    auto settled = co_await std::move(settling);
    (void)settled;
  }
}

Task<void> LinkLists::follow(std::shared_ptr<LinkLists> self, client::PeerPtr peer,
                             std::weak_ptr<client::PeerEvents> owner) {
  const auto& offered = peer->server().capabilities;
  protocol::ListenFilter filter{
      offered.tools_list_changed, offered.prompts_list_changed, offered.resources_list_changed, {}, {}};
  runtime::Backoff backoff;
  for (bool was_away = false; self->peer_ == peer && !filter.empty(); was_away = true) {
    auto began = Clock::now();
    client::Request request;
    request.method = "subscriptions/listen";
    request.params = Bytes::adopt("{\"notifications\":" + protocol::to_json(filter) + "}");
    request.on_notification = hear_for(owner, was_away);
    client::Outcome outcome = co_await peer->request(std::move(request));
    if (!outcome.ok() && !outcome.cause()) co_return;  // it does not offer listening
    auto events = outcome.cause() && self->peer_ == peer ? owner.lock() : nullptr;
    if (events) events->troubled(*outcome.cause());
    events.reset();
    auto lasted = std::chrono::duration_cast<async::Millis>(Clock::now() - began);
    async::Millis wait = std::max(backoff.next(lasted), kListenPause);
    auto sleeping = sleep(self, wait);
    co_await std::move(sleeping);
  }
}

Task<void> LinkLists::sleep(std::shared_ptr<LinkLists> self, async::Millis wait) {
  async::Millis least = std::min(wait, runtime::Backoff::kFirst);
  auto sleeping = async::sleep_for(self->loop_, least);
  co_await std::move(sleeping);
  if (wait == least || !self->peer_) co_return;
  self->nap_ = async::Slot<bool>(self->loop_);
  auto woken = co_await self->nap_.get_within(wait - least);
  (void)woken;
}

void LinkLists::disconnect() {
  peer_.reset();
  for (const ShelfPtr& shelf : shelves_) shelf->disconnect();
  private_.disconnect();
  nap_.set(true);
}

bool LinkLists::heard(const jsonrpc::Message& message) {
  auto kind = changed_list(message.method);
  if (!kind) return false;
  want(*kind);
  // One notification covers both lists of resources (resources, "List Changed Notification").
  if (*kind == ListKind::kResources) want(ListKind::kTemplates);
  return true;
}

void LinkLists::want(ListKind kind) {
  private_.invalidate(kind);
  read(kind, true);
}

void LinkLists::reread_watched() {
  if (!peer_) return;
  const auto& offered = peer_->server().capabilities;
  for (ListKind kind : kAllLists) {
    bool watched = kind == ListKind::kTools     ? offered.tools_list_changed
                   : kind == ListKind::kPrompts ? offered.prompts_list_changed
                                                : offered.resources_list_changed;
    if (!watched) continue;
    private_.invalidate(kind);
    read(kind, false);
  }
}

Task<void> LinkLists::settle(std::shared_ptr<LinkLists> self, ListKind kind, async::Millis patience) {
  auto settling = Shelf::settle(self->shelf(kind), patience);
  auto settled = co_await std::move(settling);
  (void)settled;
}

void LinkLists::clear() {
  private_.clear();
  for (const ShelfPtr& shelf : shelves_) shelf->clear();
}

}  // namespace mcp::gateway
