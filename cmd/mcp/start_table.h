#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "internal/gateway/gateway.h"

namespace mcp::cmd {

// What a person sees once the servers have come up: a line each, readable at 80 columns; what its
// sandbox lacks and what to do below it. `color`: ANSI.
void print_start_table(std::ostream& out, const std::vector<gateway::ServerStatus>& servers, bool color);

}  // namespace mcp::cmd
