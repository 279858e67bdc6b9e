#pragma once

#include <string>
#include <string_view>

#include "internal/base/env.h"
#include "internal/base/error.h"

namespace mcp::runtime {

// In the environment of every server that a gateway starts: the marks of the gateways above it, the topmost
// first, with commas between them. A mark says what a gateway serves: two with the same mark have the same
// servers.
inline constexpr const char* kLineageVariable = "MCP_GATEWAYS_ABOVE";
// One gateway behind another is a use. A third means that a configuration makes configurations that start
// themselves.
inline constexpr std::size_t kMaxAbove = 1;

// What this process was given; empty: no gateway stands above it.
std::string lineage(Env& env);
// What the servers of a gateway with this mark are given.
std::string lineage_below(Env& env, std::string_view mark);

// A gateway with this mark must not start: it would start itself for ever, however wrapped the command is
// that started it. Errors: kConfig (one above has the same mark; more than kMaxAbove stand above).
Result<void> check_lineage(Env& env, std::string_view mark);

}  // namespace mcp::runtime
