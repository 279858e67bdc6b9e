#pragma once

#include <ostream>
#include <string>

#include "cmd/mcp/call_request.h"
#include "internal/json/value.h"

namespace mcp::cmd {

// A result for people: a list as a table, content blocks as text.
void print_list(std::ostream& out, const std::string& method, const std::vector<json::Value>& items);
// `raw`: a valid JSON text. Numbers are shown with all their digits.
void print_result(std::ostream& out, CallVerb::Kind kind, std::string_view raw);

}  // namespace mcp::cmd
