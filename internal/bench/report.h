#pragma once

#include <string>

#include "internal/bench/plan.h"

namespace mcp::bench {

// One line of JSON: what was asked for and what came of it. Times in microseconds, memory in kilobytes.
std::string report_line(const std::string& label, const Plan& plan, const RunResult& result);

}  // namespace mcp::bench
