#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/client/peer.h"

namespace mcp::gateway {

class Following;

// What clients asked of a server once and for all: its log level and subscriptions. A legacy server is told
// again on every new connection; the streams of a modern one come back by themselves.
class Standing {
 public:
  using Hear = std::function<void(const jsonrpc::Message&)>;
  using Subscribers = std::map<std::string, std::map<std::string, Hear>>;
  using Followings = std::map<std::string, std::shared_ptr<Following>>;
  // Those who wait for the server's answer to the first subscription of a uri.
  using Waiting = std::vector<async::Slot<client::Outcome>>;
  using Beginnings = std::map<std::string, std::shared_ptr<Waiting>>;

  // A connection is up: it is told everything that the last one knew.
  void connect(client::PeerPtr peer);
  void disconnect() { peer_.reset(); }

  // logging/setLevel to a server that logs: now, or as soon as there is one.
  void set_log_level(std::string level);
  // The same, for who sends the request and waits; nullopt: nothing is to be sent.
  std::optional<client::Request> change_log_level(std::string level);
  const std::string& log_level() const { return log_level_; }  // empty: none was ever set

  // Who hears of resources/updated, by uri and by who it is.
  Subscribers& subscribers() { return subscribers_; }
  const Subscribers& subscribers() const { return subscribers_; }
  // `who` wants to hear of the uri. Is it the first? Then the server is still to be told.
  bool subscribe(const std::string& uri, const std::string& who, Hear hear);
  void tell_subscribed(const std::string& uri) { tell("resources/subscribe", uri); }
  // All of them; the server is not told.
  Subscribers take();
  // Modern servers: the stream behind each uri of subscribers().
  Followings& followings() { return followings_; }
  // By uri of subscribers(), while the server has not answered.
  Beginnings& beginnings() { return beginnings_; }
  // `who` no longer wants to hear of the uri; nobody else either: it is given up.
  void leave(const std::string& uri, const std::string& who);
  // A client left: what only it had subscribed to is given up.
  void forget_session(const std::string& session_id);
  void clear();

 private:
  bool is_legacy() const { return peer_ && peer_->server().era() == protocol::Era::kLegacy; }
  bool hears_log_level() const;
  client::Request level_request() const;
  void tell(std::string method, const std::string& uri);
  void give_up(const std::string& uri);

  client::PeerPtr peer_;
  std::string log_level_;
  Subscribers subscribers_;
  Followings followings_;
  Beginnings beginnings_;
};

}  // namespace mcp::gateway
