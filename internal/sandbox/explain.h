#pragma once

#include <string>

#include "internal/sandbox/plan.h"

namespace mcp::sandbox {

// What a plan gives and why, for people: one fact a line.
std::string explain(const Plan& plan);

std::string_view to_string(Network network);

}  // namespace mcp::sandbox
