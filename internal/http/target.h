#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::http {

struct Target {
  std::string path;   // percent-decoded
  std::string query;  // as sent, without '?'
};

// A request target in origin-form (RFC 9112 §3.2.1). Absolute-form, authority-form and asterisk-form are
// refused, and so are dot segments, encoded or not, fragments, NUL and broken percent escapes. Errors:
// kInvalid.
Result<Target> parse_target(std::string_view target);

// Errors: kInvalid (broken escape, NUL).
Result<std::string> percent_decode(std::string_view text);

// host[:port] as the Host field carries it: letters, digits and the marks of RFC 3986 §3.2.2.
bool is_valid_host(std::string_view value);

}  // namespace mcp::http
