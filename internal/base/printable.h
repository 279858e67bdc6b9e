#pragma once

#include <string>
#include <string_view>

namespace mcp {

// A line as a terminal may be given it, whoever wrote it: control characters (C0, DEL, C1), and those that
// change the direction of what follows or end its line (Unicode Standard Annex #9, so that a line cannot read
// as another one), become \u escapes; bytes that are no UTF-8 become U+FFFD.
std::string printable(std::string_view text);

// The same for a text of several lines: its newlines and tabs stay.
std::string printable_lines(std::string_view text);

// Would printable() change nothing?
bool is_printable(std::string_view text);

}  // namespace mcp
