#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/gateway/link.h"
#include "internal/protocol/lifecycle.h"

namespace mcp::gateway {

// Updates of some resources or tasks of a modern server: a `subscriptions/listen` that is opened again when
// it ends, across restarts of the server, until stop() or the link's own end.
class Following : public std::enable_shared_from_this<Following> {
 public:
  using Hear = std::function<void(const jsonrpc::Message&)>;

  static std::shared_ptr<Following> start(async::Loop& loop, LinkPtr link, protocol::ListenFilter filter,
                                          Hear hear);
  // A filter of resources alone.
  static protocol::ListenFilter resources(std::vector<std::string> uris);
  // The stream's end is told to the server; nothing is heard any more.
  void stop();

  // The server's first word: an empty result, or why it does not send updates of all these.
  static Task<protocol::Outcome> agreed(std::shared_ptr<Following> self);

 private:
  Following(async::Loop& loop, LinkPtr link, protocol::ListenFilter filter, Hear hear);
  static Task<void> run(std::shared_ptr<Following> self);
  client::Request request();
  void heard(const jsonrpc::Message& message);
  bool over() const;

  async::Loop& loop_;
  LinkPtr link_;
  protocol::ListenFilter filter_;
  Hear hear_;
  std::shared_ptr<client::Ticket> ticket_;
  std::shared_ptr<void> use_;  // who listens uses the server
  async::Slot<protocol::Outcome> first_word_;
};

}  // namespace mcp::gateway
