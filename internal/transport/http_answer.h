#pragma once

#include <optional>
#include <string>

#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

http::Response json_answer(int status, Rope body);
// A JSON-RPC error as the body; without an id when the request's is not known.
http::Response refusal(int status, const jsonrpc::RpcError& error, const std::optional<jsonrpc::Id>& id = {});
http::Response refusal(int status, int code, std::string message, const std::optional<jsonrpc::Id>& id = {});
// 503 with Retry-After.
http::Response busy(std::string message, const std::optional<jsonrpc::Id>& id = {});
// 202 without a body: a notification or a response was taken.
http::Response accepted();
// The head of an event stream.
http::Headers event_stream_headers();

}  // namespace mcp::transport
