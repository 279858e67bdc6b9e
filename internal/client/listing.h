#pragma once

#include <string>
#include <vector>

#include "internal/client/peer.h"

namespace mcp::client {

struct ListLimits {
  std::size_t max_items = 10'000;
  std::size_t max_pages = 1'000;
  async::Millis timeout{30'000};  // of each page
};

// All items of a paginated list ("tools/list" …), to the fixpoint: until no nextCursor comes (an empty one is
// a cursor). Errors: those of the request; kProtocol (no such member, a cursor that comes twice); kLimit.
Task<Result<std::vector<Bytes>>> list_all(PeerPtr peer, std::string method, ListLimits limits = {});

}  // namespace mcp::client
