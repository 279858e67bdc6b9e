#include "cmd/mcp/approval_ask.h"

#include <unistd.h>

#include <iostream>

#include "cmd/mcp/terminal.h"

namespace mcp::cmd {

std::function<bool(const ApprovalRequest&)> ask_at_terminal() {
  if (!is_terminal(STDIN_FILENO)) return {};
  return [](const ApprovalRequest& request) {
    std::cerr << request.path << " was not approved before. It would:\n";
    for (const std::string& line : request.summary) std::cerr << "  " << line << "\n";
    return confirm("Use it?");
  };
}

}  // namespace mcp::cmd
