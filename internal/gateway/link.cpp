#include "internal/gateway/link.h"

#include <algorithm>

#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/gateway/following.h"
#include "internal/runtime/process_channel.h"

namespace mcp::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using config::ServerEntry;

// Between two readings of everything for what may have been missed: some servers end their stream each
// second.
constexpr async::Millis kCatchUpPause{10'000};

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
      probe_(loop),
      catching_up_(loop),
      // A session's own server keeps what the session told it: it is in use as long as the session lives.
      idle_(
          loop, options_.owner.empty() ? options_.entry.idle_stop : async::Millis{0},
          [this] { return !running_.empty() || !standing_.subscribers().empty(); }, [this] { rest(); }),
      wanted_(loop),
      grace_(loop),
      lost_(loop),
      stopped_(loop) {}

Link::~Link() = default;

LinkPtr Link::create(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options,
                     std::weak_ptr<LinkEvents> events) {
  LinkPtr link(new Link(loop, launcher, std::move(options), std::move(events)));
  std::weak_ptr<Link> weak = link;
  auto changed = [weak](ListKind kind) {
    auto self = weak.lock();
    auto owner = self ? self->events_.lock() : nullptr;
    if (owner) owner->link_listed(*self, kind);
  };
  auto troubled = [weak] {
    if (auto self = weak.lock()) self->list_troubled();
  };
  link->lists_ = std::make_shared<LinkLists>(loop, link->entry(), changed, troubled);
  return link;
}

void Link::start() {
  if (state_ != State::kIdle || std::exchange(running_loop_, true)) return;
  set_state(State::kStarting);
  loop_.spawn(keep_alive(shared_from_this()));
}

void Link::wake() {
  idle_.touch();
  if (state_ != State::kIdle) return;
  if (!running_loop_) return start();
  wanted_.set(true);
  set_state(State::kStarting);
}

void Link::stop(Error why) {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  last_error_ = std::move(why);
  stopped_.set(true);
  wanted_.set(false);
  grace_.cancel();
  if (peer_) peer_->close();
  if (auto channel = opened_.lock()) channel->close();
  disconnected();
  lost_.set(last_error_);
  standing_.clear();
  for (auto& slot : std::exchange(waiting_, {})) slot.set(true);
}

void Link::retire(Error why) {
  retired_ = true;
  if (state_ == State::kIdle) stop(std::move(why));
}

bool Link::settled() const {
  switch (state_) {
    case State::kIdle: return lists_known_;
    case State::kStarting: return !breaker_.allows();
    case State::kReady: return listed_ || !breaker_.allows();
    default: return true;
  }
}

bool Link::usable() const {
  return state_ == State::kIdle || (state_ == State::kReady && listed_ && breaker_.allows());
}

async::Millis Link::patience_left(async::Millis patience) const {
  if (settled() || starts_ > 1) return async::Millis{0};
  return starts_ == 0 ? patience : std::max(async::Millis{0}, patience - since(began_));
}

void Link::set_state(State state) {
  if (state_ == State::kStopped) return;
  if (retired_ && state == State::kWaiting) return stop(last_error_);
  state_ = state;
  if (!worth_waiting()) {
    for (auto& slot : std::exchange(waiting_, {})) slot.set(true);
  }
  if (auto events = events_.lock()) events->link_state(*this);
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
  if (channel) link->evidence_ = runtime::evidence_of(channel->get());
  co_return channel;
}

Task<Result<client::PeerPtr>> Link::connect(std::shared_ptr<Link> self) {
  self->breaker_.probe();
  self->set_state(State::kStarting);
  ++self->starts_;
  if (self->meter() != nullptr) self->meter()->started(self->starts_ > 1);
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
  self->start_duration_ = since(self->began_);
  if (connected && !(*connected)->open())
    co_return fail(ErrorCode::kUnavailable, "the connection was lost at once");
  co_return connected;
}

Task<void> Link::keep_alive(std::shared_ptr<Link> self) {
  while (self->state_ != State::kStopped) {
    auto connecting = connect(self);
    auto connected = co_await std::move(connecting);
    if (self->state_ == State::kStopped) {
      if (connected) (*connected)->close();
      co_return;
    }
    async::Millis wait{0};
    if (connected) {
      self->came_up(std::move(*connected));
      Error why = co_await self->lost_.get();
      if (self->resting_) {
        auto woken = co_await self->wanted_.get();
        (void)woken;
        self->resting_ = false;
        continue;
      }
      if (self->state_ == State::kStopped) co_return;
      wait = self->lost(std::move(why));
    } else {
      wait = self->failed(std::move(connected.error()));
    }
    if (self->state_ == State::kUnsupported) co_return;
    if (wait.count() > 0) {
      auto stopped = co_await self->stopped_.get_within(wait);
      if (stopped) co_return;
    }
  }
}

void Link::came_up(client::PeerPtr peer) {
  ready_at_ = Clock::now();
  lost_ = async::Slot<Error>(loop_);
  peer_ = std::move(peer);
  view_ = peer_->server();
  known_ = true;
  breaker_.probe_answered();
  set_state(State::kReady);
  idle_.arm();
  loop_.spawn(take_stock(shared_from_this()));
}

// A start that did not succeed. Returns how long to wait before the next.
async::Millis Link::failed(Error why) {
  last_error_ = std::move(why);
  complain("server not available");
  begin_grace();
  async::Millis wait = breaker_.start_failed(last_error_);
  note_retry(wait);
  // HTTP+SSE has one era: there is none to be refused. Of a server that is said to be modern any other answer
  // than a refusal may be that of a proxy in front of it.
  bool refused_it = last_error_.code == ErrorCode::kUnsupported ||
                    (last_error_.code == ErrorCode::kProtocol && options_.era == client::EraChoice::kLegacy);
  bool era_refused = options_.era != client::EraChoice::kAuto &&
                     entry().transport != ServerEntry::Transport::kSse && refused_it;
  if (last_error_.code != ErrorCode::kUnauthenticated) {
    set_state(era_refused ? State::kUnsupported : State::kWaiting);
    return wait;
  }
  std::string challenge = last_error_.hint.empty() ? "" : " (it asks for: " + last_error_.hint + ")";
  last_error_.hint =
      "set headers = { Authorization = \"Bearer …\" } in [servers." + entry().name + "]" + challenge;
  set_state(State::kNeedsAuth);
  return wait;
}

// A connection that was up: its lists stay while it is being brought back.
async::Millis Link::lost(Error why) {
  last_error_ = std::move(why);
  complain("server lost");
  disconnected();
  begin_grace();
  async::Millis wait = breaker_.lost(last_error_, since(ready_at_));
  note_retry(wait);
  set_state(State::kWaiting);
  return wait;
}

void Link::disconnected() {
  peer_.reset();
  probe_.cancel();
  probing_ = false;
  failed_probes_ = 0;
  catching_up_.cancel();
  idle_.disarm();
  lists_->disconnect();
  standing_.disconnect();
  listed_ = false;
  running_.clear();
  client_tasks_.clear();
}

// Nobody used it for a while. What it lists stays: the next call starts it again.
void Link::rest() {
  if (state_ != State::kReady || !listed_) return idle_.arm();
  log::info("server stopped until it is needed", {{"server", entry().name}});
  resting_ = true;
  wanted_ = async::Slot<bool>(loop_);
  peer_->close();
  disconnected();
  lost_.set(Error{ErrorCode::kCancelled, "at rest", {}});
  set_state(State::kIdle);
}

// Lists that flap with every attempt would have each client read them again and again: they stay for a while,
// then go once.
void Link::begin_grace() {
  if (grace_.armed() || lists_->empty()) return;
  grace_.start(entry().list_grace, [this] {
    if (peer_) return;
    log::warn("server stays away: what it listed is gone", {{"server", entry().name}});
    lists_->clear();
  });
}

// It goes on with what it has; whoever looks is told.
void Link::list_troubled() {
  if (const Error* why = lists_->trouble()) last_error_ = *why;
  if (state_ == State::kReady) set_state(state_);
}

// The lists of a new connection, and what clients had asked for before it was made.
Task<void> Link::take_stock(std::shared_ptr<Link> self) {
  auto peer = self->peer_;
  if (!peer) co_return;
  auto reading = LinkLists::read_all(self->lists_, peer);
  co_await std::move(reading);
  if (self->peer_ != peer) co_return;
  self->listed_ = self->lists_known_ = true;
  self->grace_.cancel();
  self->restore(peer);
  self->set_state(State::kReady);
  if (self->view_.era() == protocol::Era::kLegacy) co_return;
  auto following = LinkLists::follow(self->lists_, peer, self);
  co_await std::move(following);
}

Task<void> Link::reread(std::shared_ptr<Link> link, ListKind kind, async::Millis patience) {
  link->lists_->want(kind);
  auto settling = LinkLists::settle(link->lists_, kind, patience);
  co_await std::move(settling);
}

// What clients had asked for before this connection was made.
void Link::restore(const client::PeerPtr& peer) {
  standing_.connect(peer);
  if (view_.era() == protocol::Era::kLegacy) return;
  for (const auto& [uri, hearers] : standing_.subscribers()) {
    if (standing_.followings().count(uri) == 0) follow(uri);
  }
}

void Link::subscribe(const std::string& uri, const std::string& who, Hear hear) {
  bool first = standing_.subscribe(uri, who, std::move(hear));
  // Before it has listed, restore() is still to come.
  if (!first || !peer_ || !listed_) return;
  if (view_.era() == protocol::Era::kModern) follow(uri);
  if (view_.era() == protocol::Era::kLegacy) standing_.tell_subscribed(uri);
}

std::shared_ptr<Following> Link::follow(const std::string& uri) {
  Following::Hear hear = [weak = weak_from_this()](const jsonrpc::Message& message) {
    if (auto link = weak.lock()) link->notified(message);
  };
  auto following = Following::start(loop_, shared_from_this(), Following::resources({uri}), std::move(hear));
  standing_.followings()[uri] = following;
  return following;
}

Task<void> Link::settle_log_level(std::shared_ptr<Link> link, std::string level) {
  auto request = link->standing_.change_log_level(std::move(level));
  if (!request || !link->peer_) co_return;
  auto telling = link->peer_->request(std::move(*request));
  client::Outcome ignored = co_await std::move(telling);
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

// The remote was restarted, or ended our session: it knows nothing of us, and may list other things.
void Link::renewed() {
  if (!peer_) return;
  view_ = peer_->server();
  restore(peer_);
  loop_.spawn(LinkLists::read_all(lists_, peer_));
}

void Link::missed() {
  if (!peer_ || catching_up_.armed()) return;
  auto wait = std::max(async::Millis{0}, kCatchUpPause - since(caught_up_at_));
  catching_up_.start(wait, [this] { catch_up(); });
}

// Lists and resources may have changed while nothing could be heard; a server that was away may have
// forgotten what it had been told.
void Link::catch_up() {
  if (!peer_ || !peer_->open()) return;
  caught_up_at_ = Clock::now();
  lists_->reread_watched();
  if (!listed_) return;  // the rest is still to come
  restore(peer_);
  std::vector<std::string> uris;
  for (const auto& [uri, hearers] : standing_.subscribers()) uris.push_back(uri);
  for (const std::string& uri : uris) {
    notified(jsonrpc::own_message(
        jsonrpc::make_notification("notifications/resources/updated", "{\"uri\":" + json_quote(uri) + "}")));
  }
}

void Link::closed(Error why) {
  if (peer_ && !peer_->open()) lost_.set(std::move(why));
}

}  // namespace mcp::gateway
