#pragma once

#include <optional>
#include <string>

#include "internal/async/loop.h"
#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// 429 and 503 say Retry-After.
http::Response json_answer(int status, Rope body);
// The answer of a request that is not given to anybody (Response::refused): a JSON-RPC error as the body;
// without an id when the request's is not known.
http::Response refusal(int status, const jsonrpc::RpcError& error, const std::optional<jsonrpc::Id>& id = {});
http::Response refusal(int status, int code, std::string message, const std::optional<jsonrpc::Id>& id = {});
// 503.
http::Response busy(std::string message, const std::optional<jsonrpc::Id>& id = {});
// 429: one client has its share of something; `why` ends with the key.
http::Response too_many_of_one(std::string why, const std::optional<jsonrpc::Id>& id);
// Of a request that was given to somebody, who let it go: 503, 404.
http::Response given_up(const jsonrpc::Id& id);
http::Response session_ended();
// 429: a client has as many requests running as it may.
http::Response too_many_running(std::size_t limit, const std::optional<jsonrpc::Id>& id);
// 405 with the methods that are.
http::Response not_allowed(std::string allow);
// 404: unknown, ended, or somebody else's.
http::Response session_not_found(const std::optional<jsonrpc::Id>& id = {});
// 400: a body that is no message, or no batch.
http::Response unreadable(const Error& why, const std::optional<jsonrpc::Id>& id = {});
// 202 without a body: a notification or a response was taken.
http::Response accepted();
// The head of an event stream.
http::Headers event_stream_headers();
// The same with what the client may count on: X-Heartbeat-Seconds, X-Stream-Max-Seconds.
http::Headers event_stream_headers(async::Millis heartbeat, async::Millis max_stream);
// Why there is no event stream.
std::string no_streams();

}  // namespace mcp::transport
