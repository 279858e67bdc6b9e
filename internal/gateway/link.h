#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/base/repeats.h"
#include "internal/client/connect.h"
#include "internal/config/server_entry.h"
#include "internal/gateway/idle_watch.h"
#include "internal/gateway/link_lists.h"
#include "internal/gateway/log_levels.h"
#include "internal/gateway/standing.h"
#include "internal/runtime/breaker.h"
#include "internal/runtime/launcher.h"
#include "internal/server/session.h"

namespace mcp::gateway {

class Following;
class Link;
using LinkPtr = std::shared_ptr<Link>;

// What the owner of a link hears. From the loop.
class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  virtual void link_state(Link& link) = 0;
  virtual void link_listed(Link& link, ListKind kind) = 0;
  // resources/updated, message, and whatever else belongs to no request.
  virtual void link_notified(Link& link, const jsonrpc::Message& message) = 0;
  virtual Task<client::Outcome> link_asked(std::shared_ptr<Link> link, jsonrpc::Message question,
                                           std::optional<jsonrpc::Id> related) = 0;
};

struct LinkOptions {
  config::ServerEntry entry;
  client::EraChoice era = client::EraChoice::kAuto;
  client::Identity identity;
  std::string owner;                        // id of the session whose own link this is; empty: shared
  telemetry::ServerMeter* meter = nullptr;  // of the server; lives longer. Null: nobody counts
};

// One kept-alive connection to one server: launched, probed, listed; relaunched with back-off when it is
// lost; put to rest when nobody uses it and started again by the next who does.
class Link final : public client::PeerEvents, public std::enable_shared_from_this<Link> {
 public:
  enum class State {
    kIdle,  // not started yet, or at rest: the next use starts it
    kStarting,
    kReady,
    kWaiting,      // lost or failed; started again after the back-off
    kNeedsAuth,    // the remote answered 401
    kUnsupported,  // the server does not speak the era that was asked for
    kStopped,
  };

  static std::shared_ptr<Link> create(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options,
                                      std::weak_ptr<LinkEvents> events);
  ~Link() override;

  void start();
  // Running calls fail with `why`.
  void stop(Error why = {ErrorCode::kUnavailable, "the server was stopped", {}});
  // A connection that is lost from now on is not made again; at rest it ends, because of `why`.
  void retire(Error why);
  // Before start(): shows these lists until its own are known. Of the server that it replaces, or of another
  // connection to the same server: what turns out to be the same is no change to clients.
  void seed(const Link& other) { lists_->seed(*other.lists_); }
  // It is about to be used: starts it if it is idle.
  void wake();
  // In use as long as the pointer lives: it is not put to rest.
  std::shared_ptr<void> hold() { return idle_.hold(); }

  State state() const { return state_; }
  // Why it is not available; else the latest trouble, or none.
  const Error& last_error() const { return last_error_; }
  const client::PeerPtr& peer() const { return peer_; }  // null unless ready
  const client::ServerView& view() const { return view_; }
  const config::ServerEntry& entry() const { return options_.entry; }
  const std::string& owner() const { return options_.owner; }
  telemetry::ServerMeter* meter() const { return options_.meter; }
  async::Millis start_duration() const { return start_duration_; }
  std::size_t starts() const { return starts_; }
  pid_t pid() const;  // of the child; 0: there is none
  // What the latest child is shut in; null: nothing.
  const sandbox::Evidence* evidence() const { return evidence_.get(); }
  const runtime::Breaker& breaker() const { return breaker_; }
  // When it is tried again, in milliseconds since 1970; 0 when it is not waiting for that.
  std::int64_t retry_at_ms() const;

  // Is it settled: ready and listed, at rest with its lists, or known not to be there (waiting, being tried
  // again after a failure, needs-auth, unsupported, stopped)?
  bool settled() const;
  // Can it be used: it is ready, or would be once somebody needs it?
  bool usable() const;
  // What is left of `patience`, counted from the moment this start began: a slow server is waited for once,
  // not by every question. Zero for a server that is being started again after a failure.
  async::Millis patience_left(async::Millis patience) const;
  // Wakes it. Its peer, if nobody has to wait for it; else null.
  client::PeerPtr at_hand();
  // Why it cannot be used now, and when it is tried again.
  Error unavailable() const;
  // Wakes it, and waits while it is on its way, at most for `patience`. The ready peer, or the reason why
  // there is none: at once while its breaker is open.
  static Task<Result<client::PeerPtr>> ready(std::shared_ptr<Link> link, async::Millis patience);
  // A request that this peer was sent has ended so.
  void call_ended(const client::PeerPtr& peer, const client::Outcome& outcome);

  const Listing& listing(ListKind kind) const { return lists_->of(kind); }
  bool listed() const { return listed_; }
  const std::shared_ptr<LinkLists>& lists() const { return lists_; }
  // Reads a list again, for whoever asks next.
  void want_refresh(ListKind kind) { lists_->want(kind); }

  // The same, and waits for it.
  static Task<void> reread(std::shared_ptr<Link> link, ListKind kind, async::Millis patience);

  // logging/setLevel to a legacy server that logs: now, or as soon as it is ready, and after every restart.
  void set_log_level(std::string level) { standing_.set_log_level(std::move(level)); }
  // The same, after waiting (a while) for the server's answer, so that what is sent next finds it done.
  static Task<void> settle_log_level(std::shared_ptr<Link> link, std::string level);
  const std::string& log_level() const {
    return standing_.log_level();
  }  // empty: the server was never told one
  // Of a shared link: what its users want to hear.
  LogLevels& levels() { return levels_; }

  // Who hears of resources/updated, by uri and by who it is (a session's id, a listen's): legacy servers, and
  // legacy clients of modern ones.
  using Hear = Standing::Hear;
  // `who` wants to hear of the uri: the server is told now, or as soon as it is ready.
  void subscribe(const std::string& uri, const std::string& who, Hear hear);
  // The stream behind a uri of a modern server's subscribers.
  std::shared_ptr<Following> follow(const std::string& uri);
  // Everyone's subscriptions, taken away from it: what it still says of resources is old news.
  Standing::Subscribers take_subscribers() { return standing_.take(); }
  // `who` no longer wants to hear of the uri; nobody else either: it is given up.
  void leave(const std::string& uri, const std::string& who) { standing_.leave(uri, who); }
  // A client left: what only it had subscribed to is given up.
  void forget_session(const std::string& session_id) { standing_.forget_session(session_id); }
  // The call that began last of those still running; null when none is.
  server::CallPtr latest_call() const;

  // Has it ever been ready, so that view() says something?
  bool known() const { return known_; }

  // Running calls by the id that the server sees: who is asked when the server asks back.
  std::map<jsonrpc::Id, server::CallPtr>& running() { return running_; }
  // Ids of the tasks that the client runs for this server (client_tasks.h).
  std::deque<std::string>& client_tasks() { return client_tasks_; }
  const std::deque<std::string>& client_tasks() const { return client_tasks_; }
  Standing::Subscribers& subscribers() { return standing_.subscribers(); }
  // Modern servers: the stream behind each uri of subscribers().
  Standing::Followings& followings() { return standing_.followings(); }
  // Those who wait for the answer to the first subscription of a uri.
  Standing::Beginnings& beginnings() { return standing_.beginnings(); }

  Task<client::Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) override;
  void notified(const jsonrpc::Message& message) override;
  void renewed() override;
  void troubled(Error why) override { suspect(why); }
  void missed() override;
  void closed(Error why) override;

 private:
  Link(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options, std::weak_ptr<LinkEvents> events);
  static Task<void> keep_alive(std::shared_ptr<Link> self);
  static Task<Result<client::PeerPtr>> connect(std::shared_ptr<Link> self);
  static Task<Result<transport::ChannelPtr>> open_channel(std::weak_ptr<Link> weak, protocol::Era era);
  static Task<void> take_stock(std::shared_ptr<Link> self);
  void came_up(client::PeerPtr peer);
  async::Millis failed(Error why);
  async::Millis lost(Error why);
  void disconnected();
  void rest();
  void list_troubled();
  void begin_grace();
  void restore(const client::PeerPtr& peer);
  void catch_up();
  void set_state(State state);
  // link_health.cpp
  bool worth_waiting() const;
  // Is its server still there? A probe finds out now.
  void suspect(const Error& why);
  // The breaker has opened on a connection that stands.
  void leave_alone(async::Millis wait);
  void probe();
  void ask_for_life();
  void probed(const client::PeerPtr& peer, const client::Outcome& outcome);
  void note_retry(async::Millis wait);
  // To the log, why it is away: what each new attempt would only say again, not each time.
  void complain(std::string_view what);

  async::Loop& loop_;
  runtime::Launcher& launcher_;
  LinkOptions options_;
  std::weak_ptr<LinkEvents> events_;
  State state_ = State::kIdle;
  Error last_error_;
  std::shared_ptr<const sandbox::Evidence> evidence_;
  std::weak_ptr<transport::Channel> opened_;  // the latest; stop() ends it in the middle of a handshake too
  client::PeerPtr peer_;
  client::ServerView view_;
  async::Millis start_duration_{0};
  std::chrono::steady_clock::time_point began_{};
  std::size_t starts_ = 0;
  std::chrono::steady_clock::time_point ready_at_{};
  runtime::Breaker breaker_;
  async::Timer probe_;  // of a connection that stands while its breaker is open
  bool probing_ = false;
  int failed_probes_ = 0;  // of this connection, in a row
  async::Timer catching_up_;
  std::chrono::steady_clock::time_point caught_up_at_{};
  std::int64_t retry_at_ms_ = 0;
  Repeats complaints_;
  IdleWatch idle_;
  bool running_loop_ = false;  // keep_alive() has begun
  bool resting_ = false;
  async::Slot<bool> wanted_;  // ends the rest
  async::Timer grace_;        // then the lists of a server that is away go too
  std::shared_ptr<LinkLists> lists_;
  Standing standing_;
  bool listed_ = false;
  bool lists_known_ = false;  // of this connection or of one before
  bool known_ = false;
  bool retired_ = false;
  async::Slot<Error> lost_;
  async::Slot<bool> stopped_;
  LogLevels levels_;
  std::vector<async::Slot<bool>> waiting_;
  std::map<jsonrpc::Id, server::CallPtr> running_;
  std::deque<std::string> client_tasks_;
};

std::string_view to_string(Link::State state);

}  // namespace mcp::gateway
