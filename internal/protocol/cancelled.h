#pragma once

#include <optional>

#include "internal/jsonrpc/message.h"

namespace mcp::protocol {

// The request that a notifications/cancelled withdraws (cancellation; `requestId`). None for other messages,
// and for one that names none.
std::optional<jsonrpc::Id> cancelled_request(const jsonrpc::Message& message);

}  // namespace mcp::protocol
