#pragma once

#include <ostream>
#include <string>

#include "cmd/mcp/call_request.h"
#include "internal/json/value.h"

namespace mcp::cmd {

// A result for people: a list as a table, content blocks as text. What the server wrote comes as it is, but
// in a table for a terminal, where no name or description may take more than its place in its line.
void print_list(std::ostream& out, const std::string& method, const std::vector<json::Value>& items,
                bool on_terminal);
// `raw`: a valid JSON text. Numbers are shown with all their digits.
void print_result(std::ostream& out, CallVerb::Kind kind, std::string_view raw);

}  // namespace mcp::cmd
