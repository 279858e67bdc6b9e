#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::config {

// A piece of text with replacements in it: ${NAME}, ${env:NAME}, either with a default ("${NAME:-text}"), and
// ${file:/PATH}. "$${" stands for a literal "${"; a lone $ is a $.
struct Segment {
  enum class Kind { kLiteral, kVariable, kFile };

  Kind kind = Kind::kLiteral;
  std::string text;                          // the literal, the variable's name, the path
  std::optional<std::string> fallback = {};  // kVariable
};

// Errors: kInvalid, quoting only the replacement that is wrong, never the text around it.
Result<std::vector<Segment>> parse_template(std::string_view text);

// [A-Za-z_][A-Za-z0-9_]*
bool is_variable_name(std::string_view name);

// The same text, such that parse_template() gives it back as one literal.
std::string escape_template(std::string_view text);

}  // namespace mcp::config
