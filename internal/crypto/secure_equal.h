#pragma once

#include <string_view>

namespace mcp::crypto {

// Compares secrets. The time taken tells neither where they differ nor how long `secret` is.
bool secure_equal(std::string_view given, std::string_view secret);

}  // namespace mcp::crypto
