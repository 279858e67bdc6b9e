#pragma once

#include <string>
#include <string_view>

namespace mcp::client {

// The content of an elicitation's form (raw object) with the default of every property that it leaves out
// (SEP-1034). requested_schema: raw, from the question's params; values keep their bytes. Both texts must be
// valid JSON.
std::string with_form_defaults(std::string_view content, std::string_view requested_schema);

}  // namespace mcp::client
