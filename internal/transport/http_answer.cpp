#include "internal/transport/http_answer.h"

#include "internal/transport/media_type.h"

namespace mcp::transport {

http::Response json_answer(int status, Rope body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(kJsonType));
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, const jsonrpc::RpcError& error, const std::optional<jsonrpc::Id>& id) {
  return json_answer(status, jsonrpc::make_error(id, error));
}

http::Response refusal(int status, int code, std::string message, const std::optional<jsonrpc::Id>& id) {
  jsonrpc::RpcError error;
  error.code = code;
  error.message = std::move(message);
  return refusal(status, error, id);
}

http::Response busy(std::string message, const std::optional<jsonrpc::Id>& id) {
  http::Response response = refusal(503, jsonrpc::kServerError, std::move(message), id);
  response.headers.add("Retry-After", "1");
  return response;
}

http::Response not_allowed(std::string allow) {
  http::Response response = refusal(405, jsonrpc::kServerError, "method not allowed");
  response.headers.add("Allow", std::move(allow));
  return response;
}

http::Response session_not_found(const std::optional<jsonrpc::Id>& id) {
  return refusal(404, jsonrpc::kSessionNotFound, "Session not found", id);
}

http::Response unreadable(const Error& why, const std::optional<jsonrpc::Id>& id) {
  auto error = jsonrpc::to_rpc_error(why);
  if (why.code == ErrorCode::kLimit) error.code = jsonrpc::kInvalidRequest;
  return refusal(400, error, id);
}

http::Response accepted() {
  http::Response response;
  response.status = 202;
  return response;
}

http::Headers event_stream_headers() {
  // X-Accel-Buffering: a proxy in front must not hold events back (2026-07-28 transports, "Receiving
  // Messages").
  return {{"Content-Type", std::string(kEventStreamType)},
          {"Cache-Control", "no-cache"},
          {"X-Accel-Buffering", "no"}};
}

}  // namespace mcp::transport
