#pragma once

#include <string>
#include <vector>

#include "internal/client/peer.h"
#include "internal/protocol/caching.h"

namespace mcp::client {

struct ListLimits {
  std::size_t max_items = 10'000;
  std::size_t max_pages = 1'000;
  async::Millis timeout{30'000};  // of each page
};

// A whole list, and how long it may be used (2026-07-28 caching: the strictest of its pages).
struct WholeList {
  std::vector<Bytes> items;
  protocol::Freshness freshness;
};

// All pages of a list ("tools/list" …), to the fixpoint: until no nextCursor comes (an empty one is a
// cursor). Errors: those of the request; kUnsupported (the server has no such method); kProtocol (no such
// member, a cursor that comes twice); kLimit.
Task<Result<WholeList>> read_list(PeerPtr peer, std::string method, ListLimits limits = {});

// Its items alone.
Task<Result<std::vector<Bytes>>> list_all(PeerPtr peer, std::string method, ListLimits limits = {});

}  // namespace mcp::client
