#pragma once

#include <memory>

#include "internal/client/peer.h"

namespace mcp::client {

// Runs a request to a complete result: while the server answers `input_required`, its questions are put to
// `events` and the request is sent again with the answers and the server's state, byte for byte (2026-07-28
// MRTR, SEP-2322). The outcome is the last one; kProtocol for a resultType nobody knows, kLimit after
// max_rounds.
Task<Outcome> complete_request(PeerPtr peer, Request request, std::shared_ptr<PeerEvents> events,
                               int max_rounds = 16);

}  // namespace mcp::client
