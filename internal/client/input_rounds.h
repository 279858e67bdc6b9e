#pragma once

#include <functional>
#include <memory>

#include "internal/client/peer.h"

namespace mcp::client {

// Answers one question of a modern server: the request that a legacy one would have sent.
using Answerer = std::function<Task<Outcome>(jsonrpc::Message question)>;

// Sends one request of a round and waits for its outcome.
using Sender = std::function<Task<Outcome>(Request request)>;

struct Rounds {
  int max = 16;
  // Set: the questions of one round are put side by side, and the first that fails ends the request. Else one
  // after the other.
  async::Loop* side_by_side = nullptr;
};

// Runs a request to its end: while the server answers `input_required`, its questions are put to `answer` and
// the request is sent again with the answers and the server's state, byte for byte (2026-07-28 MRTR,
// SEP-2322). The outcome is the last one, of whatever other type; a question's own when it failed; kProtocol
// for an input_required that cannot be read, kLimit after Rounds::max.
Task<Outcome> run_rounds(Sender send, Request request, Answerer answer, Rounds rounds = {});

// The same for a result of type "complete"; kProtocol for a type nobody knows.
Task<Outcome> complete_request(PeerPtr peer, Request request, std::shared_ptr<PeerEvents> events,
                               int max_rounds = 16);

}  // namespace mcp::client
