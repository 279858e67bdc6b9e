#pragma once

#include <ostream>

#include "internal/config/report.h"

namespace mcp::cmd {

// "mcp: warning: …", "mcp: error: …", each followed by its "mcp: hint: …".
void print_report(const config::Report& report, std::ostream& err);

}  // namespace mcp::cmd
