#pragma once

#include <string>
#include <string_view>

namespace mcp::crypto {

// HMAC-SHA-256 (RFC 2104, FIPS 198-1): 32 bytes. Pure.
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace mcp::crypto
