#pragma once

#include <optional>

#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/exchange.h"

namespace mcp::transport {

// What a POST has to satisfy before anybody looks at what it asks. Each gives the refusal, or that there is
// none.

// Content-Type (415), Accept (406).
std::optional<http::Response> check_media_types(const http::Headers& headers);

// MCP-Protocol-Version in a legacy session: 400 for what is no legacy revision. Absent is fine: the session
// knows its revision (2025-11-25 transports, "Protocol Version Header").
std::optional<http::Response> check_legacy_version(const http::Headers& headers,
                                                   const std::optional<jsonrpc::Id>& id);

// The mirrored headers and the `_meta` of a modern request: 400 with -32020, -32602 or -32022; else who asks.
tl::expected<protocol::ClientView, http::Response> check_modern(const http::Headers& headers,
                                                                const jsonrpc::Message& request);

}  // namespace mcp::transport
