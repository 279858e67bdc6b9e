#pragma once

#include "internal/client/peer.h"

namespace mcp::conformance {

// What the conformance client answers when a server asks: forms are accepted with their defaults, sampling
// gets a fixed sentence, and there are no roots.
class Answers final : public client::PeerEvents {
 public:
  static client::Identity identity();

  Task<protocol::Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) override;
  void notified(const jsonrpc::Message& message) override { (void)message; }
  void closed(Error why) override { (void)why; }
};

}  // namespace mcp::conformance
