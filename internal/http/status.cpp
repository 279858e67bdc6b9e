#include "internal/http/status.h"

namespace mcp::http {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed: return 400;
    case ErrorCode::kInvalid: return 400;
    case ErrorCode::kUsage: return 400;
    case ErrorCode::kConfig: return 500;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kExists: return 409;
    case ErrorCode::kUnauthenticated: return 401;
    case ErrorCode::kDenied: return 403;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kCancelled: return 499;  // nginx's number for a client that left; nobody reads it
    case ErrorCode::kLimit: return 429;
    case ErrorCode::kProtocol: return 502;
    case ErrorCode::kUnsupported: return 501;
    case ErrorCode::kIo: return 500;
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

}  // namespace mcp::http
