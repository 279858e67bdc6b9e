#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "internal/base/bytes.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/exchange.h"

namespace mcp::protocol {

inline constexpr std::string_view kMetaVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaClientCapabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaSubscriptionId = "io.modelcontextprotocol/subscriptionId";
// 2025-11-25 tasks.
inline constexpr std::string_view kMetaRelatedTask = "io.modelcontextprotocol/related-task";

// Does a request's `_meta` name a protocol version: is this a modern request?
bool is_modern(const jsonrpc::Message& request);

// Reads and checks a modern request's `_meta` (2026-07-28 basic, "_meta"). The error is -32602 (missing or
// wrong key; HTTP 400), or -32022 with data {supported, requested}.
struct MetaProblem {
  jsonrpc::RpcError error;
  int http_status = 400;
};
tl::expected<ClientView, MetaProblem> read_client(const jsonrpc::Message& request);

// The longest clientInfo and capabilities of a client, in bytes: a session keeps them while it lasts.
constexpr std::size_t kMaxClientWords = 64 << 10;
std::string longer_than_may_be(std::string_view member);

// One of the eight levels of RFC 5424 that MCP's logging knows.
bool is_log_level(std::string_view text);

// The rest edits raw objects. What is not touched keeps its bytes; an absent object (empty) counts as `{}`; a
// `_meta` in which nothing is left goes too.

// params with exactly these modern `_meta` keys: an empty client_info or log_level removes its key.
std::string with_modern_meta(std::string_view params, std::string_view version, std::string_view client_info,
                             std::string_view client_capabilities, std::string_view log_level);
// params without any io.modelcontextprotocol/ key that belongs to the modern envelope (for a legacy hop).
// Empty stays empty.
std::string without_modern_meta(std::string_view params);
// params with _meta.progressToken (raw) replaced, added, or (empty token) removed.
std::string with_progress_token(std::string_view params, std::string_view token);
// A member of an object set to a raw value: replaced in place, or added at the front.
std::string with_member(std::string_view object, std::string_view key, std::string_view raw_value);
std::string without_member(std::string_view object, std::string_view key);
std::string without_members(std::string_view object, std::initializer_list<std::string_view> keys);
// A result or params with _meta.<key> set (object `_meta` made when absent).
std::string with_meta(std::string_view object, std::string_view key, std::string_view raw_value);

}  // namespace mcp::protocol
