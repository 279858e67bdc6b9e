#include "cmd/mcp/command.h"

#include <iostream>

#include "internal/base/printable.h"

namespace mcp::cmd {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage: return kUsage;
    case ErrorCode::kConfig:
    case ErrorCode::kExists: return kConfiguration;
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kDenied: return kDenied;
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout: return kUnreachable;
    case ErrorCode::kMalformed:
    case ErrorCode::kProtocol:
    case ErrorCode::kUnsupported: return kProtocolError;
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound: return kUsage;
    case ErrorCode::kCancelled: return kInterrupted;
    case ErrorCode::kLimit:
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return kInternalError;
  }
  return kInternalError;
}

int report(const Error& error) {
  std::cerr << "mcp: error: " << printable(error.message) << "\n";
  if (!error.hint.empty()) std::cerr << "mcp: hint: " << printable(error.hint) << "\n";
  return exit_code(error.code);
}

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      serve_command(),        call_command(),        top_command(),           install_command(),
      config_check_command(), config_show_command(), config_import_command(), sandbox_explain_command(),
      completion_command(),   version_command(),
  };
  return table;
}

}  // namespace mcp::cmd
