// Peer, the end of calls that would last for ever.
#include "internal/server/peer.h"

namespace mcp::server {

void Peer::on_ending() {
  ending_ = true;
  answer_lasting_calls();
}

// A call may set out to last for ever when the end is already near.
void Peer::lasts() {
  if (!ending_) return;
  loop_.post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->answer_lasting_calls();
  });
}

// 2026-07-28 subscriptions: a server that tears a subscription down answers its request first.
void Peer::answer_lasting_calls() {
  auto running = running_;
  for (auto& [id, call] : running) {
    if (alive() && !call->cancelled()) call->ending();
  }
}

}  // namespace mcp::server
