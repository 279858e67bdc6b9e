#pragma once

#include <string>
#include <string_view>

namespace mcp::json {

// A text that validate() accepted, laid out for people: a member or element a line, two blanks a level.
// Strings and numbers keep their bytes, so that nothing is rounded.
std::string pretty(std::string_view text);

}  // namespace mcp::json
