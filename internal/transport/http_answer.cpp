#include "internal/transport/http_answer.h"

#include "internal/transport/media_type.h"

namespace mcp::transport {
namespace {

constexpr async::Millis kLongestHeartbeat{86'400'000};  // a longer one never comes

// "15", "0.5"
std::string seconds(async::Millis time) {
  std::string text = std::to_string(time.count() / 1000);
  if (time.count() % 1000 == 0) return text;
  std::string rest = std::to_string(1000 + time.count() % 1000).substr(1);
  rest.erase(rest.find_last_not_of('0') + 1);
  return text + "." + rest;
}

}  // namespace

http::Response json_answer(int status, Rope body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(kJsonType));
  // RFC 9110 §15.6.4, RFC 6585 §4: worth another try soon.
  if (status == 503 || status == 429) response.headers.add("Retry-After", "1");
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, const jsonrpc::RpcError& error, const std::optional<jsonrpc::Id>& id) {
  http::Response response = json_answer(status, jsonrpc::make_error(id, error));
  response.refused = true;
  return response;
}

http::Response refusal(int status, int code, std::string message, const std::optional<jsonrpc::Id>& id) {
  jsonrpc::RpcError error;
  error.code = code;
  error.message = std::move(message);
  return refusal(status, error, id);
}

http::Response busy(std::string message, const std::optional<jsonrpc::Id>& id) {
  return refusal(503, jsonrpc::kServerError, std::move(message), id);
}

http::Response too_many_of_one(std::string why, const std::optional<jsonrpc::Id>& id) {
  return refusal(429, jsonrpc::kServerError, std::move(why) + " in [serve] is reached", id);
}

http::Response given_up(const jsonrpc::Id& id) {
  http::Response response = busy("the request was given up", id);
  response.refused = false;
  return response;
}

http::Response session_ended() {
  http::Response response = refusal(404, jsonrpc::kSessionNotFound, "the session has ended");
  response.refused = false;
  return response;
}

http::Response too_many_running(std::size_t limit, const std::optional<jsonrpc::Id>& id) {
  return refusal(429, jsonrpc::kServerError,
                 std::to_string(limit) +
                     " requests of this client are running: max_in_flight_per_client in [serve] is reached",
                 id);
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

http::Headers event_stream_headers(async::Millis heartbeat, async::Millis max_stream) {
  http::Headers headers = event_stream_headers();
  if (heartbeat <= kLongestHeartbeat) headers.add("X-Heartbeat-Seconds", seconds(heartbeat));
  if (max_stream.count() > 0) headers.add("X-Stream-Max-Seconds", seconds(max_stream));
  return headers;
}

std::string no_streams() { return "event streams are off: key \"streams\" in [serve]"; }

}  // namespace mcp::transport
