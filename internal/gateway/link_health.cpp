// How a link judges its server, and what it tells those who want to use it.
#include "internal/base/log.h"
#include "internal/gateway/link.h"
#include "internal/runtime/process_channel.h"

namespace mcp::gateway {
namespace {

// A call waits for the next start of a server that was just lost, when that is as near as this.
constexpr async::Millis kNearStart{3'000};
constexpr async::Millis kProbeTimeout{10'000};
// A remote's session may outlast an outage. After so many probes in vain a new one is begun all the same: who
// sorts requests by their session may have sent ours to a server that is gone.
constexpr int kMaxFailedProbes = 5;

std::string seconds(async::Millis time) {
  auto tenths = (time.count() + 50) / 100;
  return std::to_string(tenths / 10) + (tenths < 100 ? "." + std::to_string(tenths % 10) : "") + " s";
}

// Failures of the transport. That a client went away, or that an answer was refused for what it was, says
// nothing about the server's health.
bool counts(const Error& cause) {
  return cause.code == ErrorCode::kUnavailable || cause.code == ErrorCode::kTimeout ||
         cause.code == ErrorCode::kIo;
}

}  // namespace

pid_t Link::pid() const {
  auto channel = opened_.lock();
  return peer_ && channel ? runtime::pid_of(channel.get()) : 0;
}

std::int64_t Link::retry_at_ms() const {
  bool waiting = state_ == State::kWaiting || state_ == State::kNeedsAuth ||
                 (state_ == State::kReady && breaker_.state() == runtime::Breaker::State::kOpen);
  return waiting ? retry_at_ms_ : 0;
}

void Link::note_retry(async::Millis wait) {
  auto at = std::chrono::system_clock::now() + wait;
  retry_at_ms_ = std::chrono::duration_cast<async::Millis>(at.time_since_epoch()).count();
}

void Link::complain(std::string_view what) {
  std::string whole = std::string(what) + ": " + last_error_.message;
  std::size_t times = complaints_.heard(whole, std::chrono::steady_clock::now());
  if (times == 0) return;
  if (times == 1) return log::warn(what, {{"server", entry().name}, {"reason", last_error_.message}});
  log::warn(what, {{"server", entry().name}, {"reason", last_error_.message}, {"times", times}});
}

bool Link::worth_waiting() const {
  if (!breaker_.allows()) return false;
  switch (state_) {
    case State::kStarting: return true;
    // A connection may be gone whose end has not been dealt with yet.
    case State::kReady: return !listed_ || !peer_ || !peer_->open();
    case State::kWaiting: return breaker_.retry_in() <= kNearStart;
    default: return false;
  }
}

Error Link::unavailable() const {
  const std::string name = "server \"" + entry().name + "\"";
  if (worth_waiting()) return Error{ErrorCode::kTimeout, name + " is still starting", {}};
  std::string text = name + " is not available: " + last_error_.message;
  if (breaker_.state() == runtime::Breaker::State::kHalfOpen)
    text += " (for " + seconds(breaker_.down_for()) + "; being tried again)";
  // One that keeps dying has a closed breaker: it is not away for long.
  std::string since = breaker_.allows() ? "" : "for " + seconds(breaker_.down_for()) + "; ";
  if (breaker_.state() != runtime::Breaker::State::kHalfOpen && retry_at_ms() != 0)
    text += " (" + since + "tried again in " + seconds(breaker_.retry_in()) + ")";
  return Error{ErrorCode::kUnavailable, std::move(text), last_error_.hint};
}

client::PeerPtr Link::at_hand() {
  wake();
  bool usable_now = !worth_waiting() && peer_ && peer_->open() && breaker_.allows();
  return usable_now ? peer_ : nullptr;
}

Task<Result<client::PeerPtr>> Link::ready(std::shared_ptr<Link> link, async::Millis patience) {
  link->wake();
  auto until = std::chrono::steady_clock::now() + patience;
  while (link->worth_waiting()) {
    auto left = std::chrono::duration_cast<async::Millis>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    async::Slot<bool> slot(link->loop_);
    link->waiting_.push_back(slot);
    auto woken = co_await slot.get_within(left);
    (void)woken;
  }
  if (link->peer_ && link->peer_->open() && link->breaker_.allows()) co_return link->peer_;
  co_return fail(link->unavailable());
}

// What failed together with its connection is the loss of one connection, not of many calls.
void Link::call_ended(const client::PeerPtr& peer, const client::Outcome& outcome) {
  idle_.touch();
  if (peer != peer_ || !peer_ || !peer_->open()) return;
  if (!outcome.cause()) {
    breaker_.answered();
    return lists_->listen_now();
  }
  if (!counts(*outcome.cause())) return;
  last_error_ = *outcome.cause();
  if (breaker_.call_failed(last_error_)) return leave_alone(breaker_.retry_in());
  set_state(state_);
  // That one tool is slow says nothing of the server.
  if (last_error_.code != ErrorCode::kTimeout) suspect(last_error_);
}

void Link::leave_alone(async::Millis wait) {
  log::warn("server is left alone for a while", {{"server", entry().name}, {"reason", last_error_.message}});
  note_retry(wait);
  probe_.start(wait, [this] { probe(); });
  set_state(state_);
}

void Link::suspect(const Error& why) {
  // An open breaker has its own probes.
  if (!peer_ || !peer_->open() || !breaker_.allows()) return;
  log::debug("is the server still there?", {{"server", entry().name}, {"reason", why.message}});
  ask_for_life();
}

void Link::probe() {
  if (!peer_) return;
  breaker_.probe();
  set_state(state_);
  ask_for_life();
}

void Link::ask_for_life() {
  if (std::exchange(probing_, true)) return;
  client::Request request;
  // 2026-07-28 has no ping.
  request.method = view_.era() == protocol::Era::kModern ? "server/discover" : "ping";
  request.timeout = kProbeTimeout;
  std::weak_ptr<Link> weak = weak_from_this();
  auto peer = peer_;
  peer_->start(std::move(request), [weak, peer](client::Outcome outcome) {
    if (auto self = weak.lock()) self->probed(peer, outcome);
  });
}

// Any answer proves that it lives. A remote's connection is kept for a while: its session may still be there.
// Any other that brings no answer is made anew: for a child that means a new child.
void Link::probed(const client::PeerPtr& peer, const client::Outcome& outcome) {
  if (peer != peer_) return;
  probing_ = false;
  if (!outcome.cause()) {
    failed_probes_ = 0;
    if (breaker_.allows()) return;  // it was only suspected
    probe_.cancel();
    breaker_.probe_answered();
    log::info("server answers again", {{"server", entry().name}});
    lists_->listen_now();
    return set_state(state_);
  }
  Error why = *outcome.cause();
  bool away = entry().kind == config::ServerEntry::Kind::kUrl && peer_->open() &&
              (why.code == ErrorCode::kUnavailable || why.code == ErrorCode::kIo);
  if (away && ++failed_probes_ < kMaxFailedProbes) {
    last_error_ = std::move(why);
    return leave_alone(breaker_.probe_failed(last_error_));
  }
  peer_->close();
  lost_.set(std::move(why));
}

}  // namespace mcp::gateway
