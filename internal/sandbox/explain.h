#pragma once

#include <string>

#include "internal/sandbox/plan.h"

namespace mcp::sandbox {

// What a plan gives and why, for people: one fact a line.
std::string explain(const Plan& plan);

// The absolute paths among a command's arguments that are there outside and not shown inside.
std::vector<std::string> hidden_arguments(const Plan& plan, const std::vector<std::string>& args);

std::string_view to_string(Network network);

}  // namespace mcp::sandbox
