#pragma once

#include <map>
#include <string>

#include "internal/client/peer.h"
#include "internal/server/session.h"

namespace mcp::gateway {

// What clients asked of a legacy server once and for all: its log level and subscriptions. Told again to
// every new connection.
class Standing {
 public:
  // Session ids by uri: who hears of resources/updated.
  using Subscribers = std::map<std::string, std::map<std::string, server::SessionPtr>>;

  // A connection is up: it is told everything that the last one knew.
  void connect(client::PeerPtr peer);
  void disconnect() { peer_.reset(); }

  // logging/setLevel to a server that logs: now, or as soon as there is one.
  void set_log_level(std::string level);
  Subscribers& subscribers() { return subscribers_; }
  const Subscribers& subscribers() const { return subscribers_; }
  // A client left: what only it had subscribed to is given up.
  void forget_session(const std::string& session_id);
  void clear();

 private:
  void tell_log_level();
  void tell(std::string method, const std::string& uri);

  client::PeerPtr peer_;
  std::string log_level_;
  Subscribers subscribers_;
};

}  // namespace mcp::gateway
