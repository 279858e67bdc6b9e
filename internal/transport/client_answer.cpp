#include "internal/transport/client_answer.h"

namespace mcp::transport {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 401: return ErrorCode::kUnauthenticated;
    case 403: return ErrorCode::kDenied;
    case 404: return ErrorCode::kNotFound;
    case 405: return ErrorCode::kUnsupported;
    case 413:
    case 429: return ErrorCode::kLimit;
    default: break;
  }
  return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kProtocol;
}

}  // namespace

Error http_failure(int status, const http::Headers& headers) {
  Error error;
  error.code = code_of(status);
  error.message = "the server answered " + std::to_string(status);
  if (auto phrase = http::reason(status); !phrase.empty()) error.message.append(" ").append(phrase);
  if (status == 401) error.hint = std::string(headers.get("WWW-Authenticate"));
  return error;
}

std::optional<jsonrpc::Message> error_answer(const Bytes& body, const jsonrpc::Id& request) {
  auto message = jsonrpc::Message::parse(body);
  if (!message || message->kind != jsonrpc::Kind::kError) return std::nullopt;
  if (message->id == request) return std::move(*message);
  auto error = jsonrpc::parse_rpc_error(message->error.view());
  if (!error) return std::nullopt;
  return jsonrpc::own_message(jsonrpc::make_error(request, *error));
}

}  // namespace mcp::transport
