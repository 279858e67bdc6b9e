#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::jsonrpc {

// JSON-RPC 2.0 §5.1, and what MCP adds (2026-07-28 schema; the older numbers where a revision needs them).
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kServerError = -32000;              // legacy HTTP-level refusals
inline constexpr int kSessionNotFound = -32001;          // legacy: the SDKs' number for it
inline constexpr int kResourceNotFound = -32002;         // up to 2025-11-25
inline constexpr int kUrlElicitationRequired = -32042;   // 2025-11-25 only
inline constexpr int kHeaderMismatch = -32020;           // 2026-07-28
inline constexpr int kMissingClientCapability = -32021;  // 2026-07-28
inline constexpr int kUnsupportedVersion = -32022;       // 2026-07-28

// The error member of a response.
struct RpcError {
  int code = kInternalError;
  std::string message;
  std::string data;  // raw JSON, or empty

  // {"code":…,"message":…,"data":…}
  std::string to_json() const;
};

// The one table from our error codes to JSON-RPC's.
int rpc_code(ErrorCode code);
RpcError to_rpc_error(const Error& error);

// Reads {"code":…,"message":…,"data":…}. Errors: kMalformed.
Result<RpcError> parse_rpc_error(std::string_view raw);

}  // namespace mcp::jsonrpc
