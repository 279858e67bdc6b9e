#pragma once

#include <string>
#include <string_view>

namespace mcp::config {

// The text as a terminal may be given it: control characters, and those that change the direction of what
// follows (Unicode Standard Annex #9, so that a line cannot read as another one), become \u escapes.
std::string printable(std::string_view text);

}  // namespace mcp::config
