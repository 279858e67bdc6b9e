#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::server {

// A fixed distance from UTC: "UTC", "Z", "+02:00", "-0530", "+9". Errors: kInvalid.
Result<int> parse_offset_minutes(std::string_view text);

// A moment as RFC 3339 text at a distance from UTC: "2026-07-28T14:00:00+02:00". UTC is written "Z".
std::string format_rfc3339(std::int64_t unix_seconds, int offset_minutes);

// Seconds since 1970 of an RFC 3339 date and time; a text without offset is taken at
// `default_offset_minutes`. Errors: kInvalid (not a date and time, no such day).
Result<std::int64_t> parse_rfc3339(std::string_view text, int default_offset_minutes);

}  // namespace mcp::server
