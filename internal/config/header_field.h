#pragma once

#include <string_view>

#include "internal/base/error.h"

namespace mcp::config {

// What a user may add to the head of the requests to a remote server, by configuration or by option. Pure.

// Errors: kInvalid (no token: RFC 9110 §5.1; a field of the connection or of the protocol, which mcp sets).
Result<void> check_header_name(std::string_view name);
// Errors: kInvalid (more than one line: RFC 9110 §5.5).
Result<void> check_header_value(std::string_view value);

}  // namespace mcp::config
