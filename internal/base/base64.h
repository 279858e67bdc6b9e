#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp {

// RFC 4648 §4, padded.
std::string base64_encode(std::string_view bytes);
// Strict: padding required, no blanks, no stray bits. Errors: kMalformed.
Result<std::string> base64_decode(std::string_view text);

}  // namespace mcp
