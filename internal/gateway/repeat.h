#pragma once

#include <string_view>

#include "internal/config/server_entry.h"
#include "internal/gateway/catalogue.h"
#include "internal/protocol/exchange.h"

namespace mcp::gateway {

// How a request that ended badly may be sent once more.
enum class Repeat {
  kNo,
  kSame,        // as it was
  kFreshTools,  // with the headers that the server's tools ask for by now
};

// Only what cannot be done twice by it: a request that did not reach the server; one that it refused for its
// headers; one that was lost with its connection and only reads, is a tool that says of itself that it reads
// or is idempotent, or one that the configuration names. Pure. `tool`: what a tools/call names; may be null.
Repeat may_repeat(const protocol::Outcome& outcome, std::string_view method, const Item* tool,
                  const config::ServerEntry& entry);

}  // namespace mcp::gateway
