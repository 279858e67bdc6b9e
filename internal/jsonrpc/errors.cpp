#include "internal/jsonrpc/errors.h"

#include "internal/base/bytes.h"
#include "internal/base/strings.h"
#include "internal/json/scan.h"

namespace mcp::jsonrpc {

std::string RpcError::to_json() const {
  std::string out = "{\"code\":" + std::to_string(code) + ",\"message\":" + json_quote(message);
  if (!data.empty()) out += ",\"data\":" + data;
  return out + "}";
}

int rpc_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed: return kParseError;
    case ErrorCode::kProtocol: return kInvalidRequest;
    case ErrorCode::kInvalid:
    case ErrorCode::kUsage:
    case ErrorCode::kNotFound:
    case ErrorCode::kExists: return kInvalidParams;
    case ErrorCode::kUnsupported: return kMethodNotFound;
    case ErrorCode::kConfig:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kDenied:
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kCancelled:
    case ErrorCode::kLimit:
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return kInternalError;
  }
  return kInternalError;
}

RpcError to_rpc_error(const Error& error) {
  RpcError rpc{rpc_code(error.code), error.message, {}};
  if (!error.hint.empty()) rpc.data = "{\"hint\":" + json_quote(error.hint) + "}";
  return rpc;
}

Result<RpcError> parse_rpc_error(std::string_view raw) {
  Bytes text = Bytes::copy(raw);
  MCP_TRY(json::validate(text));
  MCP_ASSIGN(auto fields, json::scan_object(text));
  auto code = json::decode_integer(fields.get("code"));
  auto message = json::decode_string(fields.get("message"));
  if (!code || *code < INT32_MIN || *code > INT32_MAX || !message) {
    return fail(ErrorCode::kMalformed, "an error needs an integer code and a message");
  }
  return RpcError{static_cast<int>(*code), *message, std::string(fields.get("data"))};
}

}  // namespace mcp::jsonrpc
