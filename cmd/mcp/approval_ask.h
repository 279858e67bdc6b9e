#pragma once

#include <functional>

#include "cmd/mcp/serve_config.h"

namespace mcp::cmd {

// ServeSources::ask for whoever sits at the terminal; empty when nobody does.
std::function<bool(const ApprovalRequest&)> ask_at_terminal();

}  // namespace mcp::cmd
