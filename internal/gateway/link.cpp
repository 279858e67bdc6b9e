#include "internal/gateway/link.h"

#include <algorithm>

#include "internal/async/timer.h"
#include "internal/base/log.h"

namespace mcp::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using config::ServerEntry;

async::Millis since(Clock::time_point start) {
  return std::chrono::duration_cast<async::Millis>(Clock::now() - start);
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
      lost_(loop),
      stopped_(loop) {}

Link::~Link() = default;

LinkPtr Link::create(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options,
                     std::weak_ptr<LinkEvents> events) {
  LinkPtr link(new Link(loop, launcher, std::move(options), std::move(events)));
  std::weak_ptr<Link> weak = link;
  link->lists_ = std::make_shared<LinkLists>(loop, link->entry(), [weak](ListKind kind) {
    auto self = weak.lock();
    auto owner = self ? self->events_.lock() : nullptr;
    if (owner) owner->link_listed(*self, kind);
  });
  return link;
}

void Link::start() {
  if (state_ != State::kIdle) return;
  set_state(State::kStarting);
  loop_.spawn(keep_alive(shared_from_this()));
}

void Link::stop() {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  last_error_ = Error{ErrorCode::kUnavailable, "the server was stopped", {}};
  stopped_.set(true);
  if (peer_) peer_->close();
  if (auto channel = opened_.lock()) channel->close();
  peer_.reset();
  lost_.set(last_error_);
  running_.clear();
  lists_->disconnect();
  standing_.clear();
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
      self->loop_.spawn(take_stock(self));
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
  lists_->clear();
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
  lists_->disconnect();
  standing_.disconnect();
  listed_ = false;
  running_.clear();
  set_state(State::kWaiting);
}

// The lists of a new connection, and what clients had asked for before it was made.
Task<void> Link::take_stock(std::shared_ptr<Link> self) {
  auto peer = self->peer_;
  if (!peer) co_return;
  auto reading = LinkLists::read_all(self->lists_, peer);
  co_await std::move(reading);
  if (self->peer_ != peer) co_return;
  self->listed_ = true;
  self->standing_.connect(peer);
  self->set_state(State::kReady);
  if (self->view_.era() == protocol::Era::kLegacy) co_return;
  std::weak_ptr<Link> weak = self;
  std::function<void(const jsonrpc::Message&)> heard = [weak](const jsonrpc::Message& message) {
    if (auto link = weak.lock()) link->notified(message);
  };
  auto following = LinkLists::follow(self->lists_, peer, heard);
  co_await std::move(following);
}

server::CallPtr Link::latest_call() const {
  // Ids are counted up: the longer one, then the greater one, is the later.
  auto later = [](const auto& a, const auto& b) {
    return std::pair(a.first.raw().size(), a.first.raw()) < std::pair(b.first.raw().size(), b.first.raw());
  };
  auto latest = std::max_element(running_.begin(), running_.end(), later);
  return latest == running_.end() ? nullptr : latest->second;
}

Task<client::Outcome> Link::asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) {
  auto events = events_.lock();
  if (!events) co_return client::Outcome::error(jsonrpc::kMethodNotFound, "nobody answers questions here");
  auto asking = events->link_asked(shared_from_this(), std::move(question), std::move(related));
  client::Outcome outcome = co_await std::move(asking);
  co_return outcome;
}

void Link::notified(const jsonrpc::Message& message) {
  if (lists_->heard(message)) return;
  if (message.method == "notifications/subscriptions/acknowledged") return;
  if (auto events = events_.lock()) events->link_notified(*this, message);
}

void Link::closed(Error why) {
  if (peer_ && !peer_->open()) lost_.set(std::move(why));
}

}  // namespace mcp::gateway
