#include "internal/gateway/link.h"

#include <algorithm>

#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/client/listing.h"
#include "internal/protocol/lifecycle.h"

namespace mcp::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using config::ServerEntry;

constexpr async::Millis kRelistAfter{5'000};  // a list that failed is asked for again

async::Millis since(Clock::time_point start) {
  return std::chrono::duration_cast<async::Millis>(Clock::now() - start);
}

Naming naming_of(const ServerEntry& entry) {
  return Naming{entry.prefix.value_or(entry.name + "__"), entry.allow_tools, entry.deny_tools};
}

std::optional<ListKind> changed_list(std::string_view method) {
  if (method == "notifications/tools/list_changed") return ListKind::kTools;
  if (method == "notifications/prompts/list_changed") return ListKind::kPrompts;
  if (method == "notifications/resources/list_changed") return ListKind::kResources;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Link::State state) {
  switch (state) {
    case Link::State::kIdle: return "idle";
    case Link::State::kStarting: return "starting";
    case Link::State::kReady: return "ready";
    case Link::State::kWaiting: return "failed";
    case Link::State::kNeedsAuth: return "needs-auth";
    case Link::State::kUnsupported: return "unsupported";
    case Link::State::kStopped: return "stopped";
  }
  return "idle";
}

Link::Link(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options,
           std::weak_ptr<LinkEvents> events)
    : loop_(loop),
      launcher_(launcher),
      options_(std::move(options)),
      events_(std::move(events)),
      naming_(naming_of(options_.entry)),
      lost_(loop),
      stopped_(loop) {}

Link::~Link() = default;

void Link::start() {
  if (state_ != State::kIdle) return;
  set_state(State::kStarting);
  loop_.spawn(keep_alive(shared_from_this()));
}

void Link::stop(Error why) {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  last_error_ = std::move(why);
  stopped_.set(true);
  if (peer_) peer_->close();
  if (auto channel = opened_.lock()) channel->close();
  peer_.reset();
  lost_.set(last_error_);
  running_.clear();
  subscribers_.clear();
  for (auto& slot : std::exchange(waiting_, {})) slot.set(true);
}

bool Link::settled() const {
  return state_ != State::kIdle && state_ != State::kStarting && !(state_ == State::kReady && !listed_);
}

async::Millis Link::patience_left(async::Millis patience) const {
  if (settled() || starts_ > 1) return async::Millis{0};
  return starts_ == 0 ? patience : std::max(async::Millis{0}, patience - since(began_));
}

void Link::set_state(State state) {
  if (state_ == State::kStopped) return;
  if (retired_ && state == State::kWaiting) return stop(last_error_);
  state_ = state;
  if (settled()) {
    for (auto& slot : std::exchange(waiting_, {})) slot.set(true);
  }
  if (auto events = events_.lock()) events->link_state(*this);
}

Task<Result<client::PeerPtr>> Link::ready(std::shared_ptr<Link> link, async::Millis patience) {
  if (!link->settled()) {
    async::Slot<bool> slot(link->loop_);
    link->waiting_.push_back(slot);
    auto woken = co_await slot.get_within(patience);
    (void)woken;
  }
  if (link->peer_) co_return link->peer_;
  const std::string name = "server \"" + link->entry().name + "\"";
  if (!link->settled()) co_return fail(ErrorCode::kTimeout, name + " is still starting");
  Error why = link->last_error_;
  co_return fail(ErrorCode::kUnavailable, name + " is not available: " + why.message, why.hint);
}

Task<Result<transport::ChannelPtr>> Link::open_channel(std::weak_ptr<Link> weak, protocol::Era era) {
  auto link = weak.lock();
  if (!link || link->state_ == State::kStopped)
    co_return fail(ErrorCode::kUnavailable, "the server was stopped");
  auto opening = link->launcher_.open(link->entry(), era);
  auto channel = co_await std::move(opening);
  if (channel && link->state_ == State::kStopped) {
    (*channel)->close();
    co_return fail(ErrorCode::kUnavailable, "the server was stopped");
  }
  if (channel) link->opened_ = *channel;
  co_return channel;
}

Task<void> Link::keep_alive(std::shared_ptr<Link> self) {
  while (self->state_ != State::kStopped) {
    self->set_state(State::kStarting);
    ++self->starts_;
    self->began_ = Clock::now();
    client::ConnectOptions options;
    options.era = self->options_.era;
    options.identity = self->options_.identity;
    options.events = std::weak_ptr<client::PeerEvents>(self);
    options.timeout = self->entry().start_timeout;
    options.one_channel = self->entry().kind != ServerEntry::Kind::kUrl;
    std::weak_ptr<Link> weak = self;
    client::Opener open = [weak](protocol::Era era) { return open_channel(weak, era); };
    auto connecting = client::connect(self->loop_, open, options);
    auto connected = co_await std::move(connecting);
    if (self->state_ == State::kStopped) {
      if (connected) (*connected)->close();
      co_return;
    }
    self->start_duration_ = since(self->began_);
    async::Millis uptime{0};
    if (connected && (*connected)->open()) {
      auto ready_at = Clock::now();
      self->lost_ = async::Slot<Error>(self->loop_);
      self->peer_ = *connected;
      self->view_ = self->peer_->server();
      self->known_ = true;
      self->set_state(State::kReady);
      self->loop_.spawn(refresh_all(self));
      Error why = co_await self->lost_.get();
      uptime = since(ready_at);
      if (self->state_ == State::kStopped) co_return;
      self->last_error_ = std::move(why);
      self->lost();
    } else {
      self->failed(connected ? Error{ErrorCode::kUnavailable, "the connection was lost at once", {}}
                             : std::move(connected.error()));
    }
    if (self->state_ == State::kUnsupported) co_return;
    async::Millis wait = self->backoff_.next(uptime);
    if (wait.count() > 0) {
      auto stopped = co_await self->stopped_.get_within(wait);
      if (stopped) co_return;
    }
  }
}

// A start that did not succeed: what it listed before no longer counts.
void Link::failed(Error why) {
  last_error_ = std::move(why);
  log::warn("server not available", {{"server", entry().name}, {"reason", last_error_.message}});
  clear_listings();
  if (last_error_.code == ErrorCode::kUnauthenticated) {
    std::string challenge = last_error_.hint.empty() ? "" : " (it asks for: " + last_error_.hint + ")";
    last_error_.hint =
        "set headers = { Authorization = \"Bearer …\" } in [servers." + entry().name + "]" + challenge;
    return set_state(State::kNeedsAuth);
  }
  bool era_refused =
      options_.era != client::EraChoice::kAuto &&
      (last_error_.code == ErrorCode::kUnsupported || last_error_.code == ErrorCode::kProtocol);
  set_state(era_refused ? State::kUnsupported : State::kWaiting);
}

// A connection that was up: its lists stay while it is being brought back.
void Link::lost() {
  log::warn("server lost", {{"server", entry().name}, {"reason", last_error_.message}});
  peer_.reset();
  listed_ = false;
  running_.clear();
  set_state(State::kWaiting);
}

void Link::clear_listings() {
  for (ListKind kind : kAllLists) clear_listing(kind);
}

void Link::clear_listing(ListKind kind) {
  auto& listing = listings_[static_cast<std::size_t>(kind)];
  bool had = !listing.items().empty();
  listing = Listing();
  auto events = events_.lock();
  if (had && events) events->link_listed(*this, kind);
}

void Link::seed(const Link& other) {
  if (naming_ == other.naming_) listings_ = other.listings_;
}

bool Link::offers(ListKind kind) const {
  switch (kind) {
    case ListKind::kTools: return view_.capabilities.tools;
    case ListKind::kPrompts: return view_.capabilities.prompts;
    case ListKind::kResources:
    case ListKind::kTemplates: return view_.capabilities.resources;
  }
  return false;
}

Task<void> Link::refresh_all(std::shared_ptr<Link> self) {
  auto peer = self->peer_;
  for (ListKind kind : kAllLists) {
    auto refreshing = refresh(self, kind);
    co_await std::move(refreshing);
  }
  if (self->peer_ != peer || peer == nullptr) co_return;
  self->listed_ = true;
  self->restore();
  self->set_state(State::kReady);
  if (self->view_.era() == protocol::Era::kModern) self->loop_.spawn(follow_changes(self));
}

void Link::set_log_level(std::string level) {
  log_level_ = std::move(level);
  tell_log_level();
}

void Link::tell_log_level() {
  bool hears = peer_ && view_.era() == protocol::Era::kLegacy && view_.capabilities.logging;
  if (!hears || log_level_.empty()) return;
  client::Request request;
  request.method = "logging/setLevel";
  request.params = Bytes::adopt("{\"level\":" + json_quote(log_level_) + "}");
  peer_->start(std::move(request), [](client::Outcome) {});
}

// What clients had asked for before this connection was made.
void Link::restore() {
  tell_log_level();
  for (auto& [uri, sessions] : subscribers_) {
    (void)sessions;
    client::Request request;
    request.method = "resources/subscribe";
    request.params = Bytes::adopt("{\"uri\":" + json_quote(uri) + "}");
    peer_->start(std::move(request), [](client::Outcome) {});
  }
}

void Link::subscribe(const std::string& uri, const server::SessionPtr& session) {
  auto& sessions = subscribers_[uri];
  bool first = sessions.empty();
  sessions[session->id()] = session;
  // Before it has listed, restore() is still to come.
  if (!first || !peer_ || !listed_) return;
  client::Request request;
  request.method = "resources/subscribe";
  request.params = Bytes::adopt("{\"uri\":" + json_quote(uri) + "}");
  peer_->start(std::move(request), [](client::Outcome) {});
}

void Link::forget_session(const std::string& session_id) {
  for (auto entry = subscribers_.begin(); entry != subscribers_.end();) {
    bool was_last = entry->second.erase(session_id) > 0 && entry->second.empty();
    if (was_last && peer_) {
      client::Request request;
      request.method = "resources/unsubscribe";
      request.params = Bytes::adopt("{\"uri\":" + json_quote(entry->first) + "}");
      peer_->start(std::move(request), [](client::Outcome) {});
    }
    entry = entry->second.empty() ? subscribers_.erase(entry) : std::next(entry);
  }
}

server::CallPtr Link::latest_call() const {
  // Ids are counted up: the longer one, then the greater one, is the later.
  auto later = [](const auto& a, const auto& b) {
    return std::pair(a.first.raw().size(), a.first.raw()) < std::pair(b.first.raw().size(), b.first.raw());
  };
  auto latest = std::max_element(running_.begin(), running_.end(), later);
  return latest == running_.end() ? nullptr : latest->second;
}

void Link::want_refresh(ListKind kind) {
  auto index = static_cast<std::size_t>(kind);
  stale_[index] = announced_[index] = true;
  if (!refreshing_[index]) loop_.spawn(refresh(shared_from_this(), kind));
}

Task<void> Link::refresh_later(std::shared_ptr<Link> self, ListKind kind) {
  auto peer = self->peer_;
  auto sleeping = async::sleep_for(self->loop_, kRelistAfter);
  co_await std::move(sleeping);
  if (peer && self->peer_ == peer) self->want_refresh(kind);
}

// One refresh of a kind at a time; a change that comes meanwhile makes it run once more.
Task<void> Link::refresh(std::shared_ptr<Link> self, ListKind kind) {
  auto index = static_cast<std::size_t>(kind);
  auto peer = self->peer_;
  if (!peer || self->refreshing_[index]) co_return;
  // What it listed before it was started anew counts no longer.
  if (!self->offers(kind)) co_return self->clear_listing(kind);
  self->refreshing_[index] = true;
  do {
    self->stale_[index] = false;
    std::string method(method_of(kind));
    auto listing = client::list_all(peer, method);
    auto raws = co_await std::move(listing);
    if (self->peer_ != peer) break;
    if (!raws) {
      log::warn("list failed", {{"server", self->entry().name}, {"reason", raws.error().message}});
      self->loop_.spawn(refresh_later(self, kind));
      continue;
    }
    bool strict =
        self->entry().kind == ServerEntry::Kind::kUrl && self->view_.era() == protocol::Era::kModern;
    std::vector<std::string> problems;
    Listing fresh = Listing::build(kind, *raws, self->naming_, strict, problems);
    for (const std::string& problem : problems) {
      log::warn("list entry left out", {{"server", self->entry().name}, {"reason", problem}});
    }
    // What the server announces is passed on even when the bytes are the same: it knows what it means by a
    // change.
    bool changed = std::exchange(self->announced_[index], false) || !(fresh == self->listings_[index]);
    self->listings_[index] = std::move(fresh);
    auto events = self->events_.lock();
    if (changed && events) events->link_listed(*self, kind);
  } while (self->stale_[index] && self->peer_ == peer);
  self->refreshing_[index] = false;
}

// A modern server tells of changes on a listen stream only (2026-07-28 subscriptions). Ends with the
// connection.
Task<void> Link::follow_changes(std::shared_ptr<Link> self) {
  auto peer = self->peer_;
  const auto& offered = self->view_.capabilities;
  protocol::ListenFilter filter{
      offered.tools_list_changed, offered.prompts_list_changed, offered.resources_list_changed, {}};
  runtime::Backoff backoff;
  while (peer && self->peer_ == peer && !filter.empty()) {
    auto began = Clock::now();
    client::Request request;
    request.method = "subscriptions/listen";
    request.params = Bytes::adopt("{\"notifications\":" + protocol::to_json(filter) + "}");
    std::weak_ptr<Link> weak = self;
    request.on_notification = [weak](const jsonrpc::Message& message) {
      if (auto link = weak.lock()) link->notified(message);
    };
    client::Outcome outcome = co_await peer->request(std::move(request));
    if (!outcome.ok() && !outcome.cause()) co_return;  // it does not offer listening
    async::Millis wait = std::max(backoff.next(since(began)), async::Millis{100});
    auto sleeping = async::sleep_for(self->loop_, wait);
    co_await std::move(sleeping);
  }
}

Task<client::Outcome> Link::asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) {
  auto events = events_.lock();
  if (!events) co_return client::Outcome::error(jsonrpc::kMethodNotFound, "nobody answers questions here");
  auto asking = events->link_asked(shared_from_this(), std::move(question), std::move(related));
  client::Outcome outcome = co_await std::move(asking);
  co_return outcome;
}

void Link::notified(const jsonrpc::Message& message) {
  if (auto kind = changed_list(message.method)) {
    want_refresh(*kind);
    // One notification covers both lists of resources (resources, "List Changed Notification").
    if (*kind == ListKind::kResources) want_refresh(ListKind::kTemplates);
    return;
  }
  if (message.method == "notifications/subscriptions/acknowledged") return;
  if (auto events = events_.lock()) events->link_notified(*this, message);
}

void Link::closed(Error why) {
  if (peer_ && !peer_->open()) lost_.set(std::move(why));
}

}  // namespace mcp::gateway
