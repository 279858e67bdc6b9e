#pragma once

#include <string_view>

#include "internal/protocol/exchange.h"

namespace mcp::server {

// Does this client want a log message of `level`? Legacy: from the level of logging/setLevel on, "info"
// before it was set. Modern: only when the request names a level (2026-07-28 logging).
bool wants_log(const protocol::ClientView& client, std::string_view level);

}  // namespace mcp::server
