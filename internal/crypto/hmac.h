#pragma once

#include <string>
#include <string_view>

namespace mcp::crypto {

// HMAC-SHA-256 (RFC 2104, FIPS 198-1): 32 bytes. Pure.
std::string hmac_sha256(std::string_view key, std::string_view message);

// Compares secrets in a time that depends on their lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace mcp::crypto
