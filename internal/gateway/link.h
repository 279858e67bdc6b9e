#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/client/connect.h"
#include "internal/config/server_entry.h"
#include "internal/gateway/catalogue.h"
#include "internal/runtime/backoff.h"
#include "internal/runtime/launcher.h"
#include "internal/server/session.h"

namespace mcp::gateway {

class Link;

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
  std::string owner;  // id of the session whose own link this is; empty: shared
};

// One kept-alive connection to one server: launched, probed, listed; relaunched with back-off when it is
// lost.
class Link final : public client::PeerEvents, public std::enable_shared_from_this<Link> {
 public:
  enum class State {
    kIdle,  // not started
    kStarting,
    kReady,
    kWaiting,      // lost or failed; started again after the back-off
    kNeedsAuth,    // the remote answered 401
    kUnsupported,  // the server does not speak the era that was asked for
    kStopped,
  };

  Link(async::Loop& loop, runtime::Launcher& launcher, LinkOptions options, std::weak_ptr<LinkEvents> events);
  ~Link() override;

  void start();
  // Running calls fail with `why`.
  void stop(Error why = {ErrorCode::kUnavailable, "the server was stopped", {}});
  // A connection that is lost from now on is not made again.
  void retire() { retired_ = true; }
  // Before start(): shows these lists until its own are known. Of the server that it replaces, or of another
  // connection to the same server: what turns out to be the same is no change to clients.
  void seed(const Link& other);

  State state() const { return state_; }
  const Error& last_error() const { return last_error_; }
  const client::PeerPtr& peer() const { return peer_; }  // null unless ready
  const client::ServerView& view() const { return view_; }
  const config::ServerEntry& entry() const { return options_.entry; }
  const std::string& owner() const { return options_.owner; }
  async::Millis start_duration() const { return start_duration_; }
  std::size_t starts() const { return starts_; }

  // Is it settled: ready and listed, or known not to be (waiting, needs-auth, unsupported, stopped)?
  bool settled() const;
  // What is left of `patience`, counted from the moment this start began: a slow server is waited for once,
  // not by every question. Zero for a server that is being started again after a failure.
  async::Millis patience_left(async::Millis patience) const;
  // Waits until it is settled, or for `patience`. The ready peer, or the reason why there is none.
  static Task<Result<client::PeerPtr>> ready(std::shared_ptr<Link> link, async::Millis patience);

  const Listing& listing(ListKind kind) const { return listings_[static_cast<std::size_t>(kind)]; }
  bool listed() const { return listed_; }
  // Reads a list again, for whoever asks next.
  void want_refresh(ListKind kind);

  // logging/setLevel to a legacy server that logs: now, or as soon as it is ready, and after every restart.
  void set_log_level(std::string level);

  // As a client's resources/subscribe, now or as soon as it is ready.
  void subscribe(const std::string& uri, const server::SessionPtr& session);
  // A client left: what only it had subscribed to is given up.
  void forget_session(const std::string& session_id);
  // The call that began last of those still running; null when none is.
  server::CallPtr latest_call() const;

  // Has it ever been ready, so that view() says something?
  bool known() const { return known_; }

  // Running calls by the id that the server sees: who is asked when the server asks back.
  std::map<jsonrpc::Id, server::CallPtr>& running() { return running_; }
  // Session ids by uri: who hears of resources/updated (legacy hops).
  std::map<std::string, std::map<std::string, server::SessionPtr>>& subscribers() { return subscribers_; }

  Task<client::Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) override;
  void notified(const jsonrpc::Message& message) override;
  void closed(Error why) override;

 private:
  static Task<void> keep_alive(std::shared_ptr<Link> self);
  static Task<Result<transport::ChannelPtr>> open_channel(std::weak_ptr<Link> weak, protocol::Era era);
  static Task<void> refresh(std::shared_ptr<Link> self, ListKind kind);
  static Task<void> refresh_later(std::shared_ptr<Link> self, ListKind kind);
  static Task<void> refresh_all(std::shared_ptr<Link> self);
  static Task<void> follow_changes(std::shared_ptr<Link> self);
  bool offers(ListKind kind) const;
  void failed(Error why);
  void lost();
  void set_state(State state);
  void clear_listings();
  void clear_listing(ListKind kind);
  void tell_log_level();
  void restore();

  async::Loop& loop_;
  runtime::Launcher& launcher_;
  LinkOptions options_;
  std::weak_ptr<LinkEvents> events_;
  Naming naming_;
  State state_ = State::kIdle;
  Error last_error_;
  std::weak_ptr<transport::Channel> opened_;  // the latest; stop() ends it in the middle of a handshake too
  client::PeerPtr peer_;
  client::ServerView view_;
  async::Millis start_duration_{0};
  std::chrono::steady_clock::time_point began_{};
  std::size_t starts_ = 0;
  runtime::Backoff backoff_;
  std::array<Listing, 4> listings_;
  std::array<bool, 4> refreshing_{};
  std::array<bool, 4> stale_{};
  std::array<bool, 4> announced_{};
  bool listed_ = false;
  bool known_ = false;
  bool retired_ = false;
  async::Slot<Error> lost_;
  async::Slot<bool> stopped_;
  std::string log_level_;
  std::vector<async::Slot<bool>> waiting_;
  std::map<jsonrpc::Id, server::CallPtr> running_;
  std::map<std::string, std::map<std::string, server::SessionPtr>> subscribers_;
};
using LinkPtr = std::shared_ptr<Link>;

std::string_view to_string(Link::State state);

}  // namespace mcp::gateway
