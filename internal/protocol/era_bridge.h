#pragma once

#include <string>
#include <string_view>

#include "internal/base/rope.h"
#include "internal/jsonrpc/errors.h"
#include "internal/protocol/exchange.h"

namespace mcp::protocol {

// Pure translations of results and errors between the eras of two hops. What needs no change is not copied,
// nor are the large parts of what does.

// A result of `method` from a server of `from` as a client of `to` must see it. To a modern client:
// resultType "complete" when absent, ttlMs 0 and cacheScope private where the method is cacheable and they
// are absent, and
// `_meta` serverInfo set to `server_info` (unless that is empty), whatever the upstream said of itself.
// Modern → legacy removes resultType, ttlMs and cacheScope. Legacy → legacy is the identity.
Rope bridge_result(const Bytes& result, std::string_view method, Era from, Era to,
                   std::string_view server_info);

// -32002 and -32602 for a resource that is not there (modern: with data.uri); -32042 and the modern codes
// have no counterpart and become -32603 with data {code, data}.
jsonrpc::RpcError bridge_error(jsonrpc::RpcError error, std::string_view method, Era from, Era to);

// "complete", "input_required", … of a result; "complete" when absent, empty when it is not a string.
std::string result_type(std::string_view result);

}  // namespace mcp::protocol
