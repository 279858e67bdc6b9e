#pragma once

#include <cstddef>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::json {

// Is this one whole JSON text (RFC 8259) in UTF-8? A walk that stores nothing but a bit a level, where
// simdjson needs several times the text's size: for large texts. Errors: kMalformed, kLimit (max_depth).
Result<void> check_grammar(std::string_view text, std::size_t max_depth);

// Does it follow the grammar of numbers (RFC 8259 §6)?
bool is_number(std::string_view text);

}  // namespace mcp::json
