#pragma once

#include <string_view>

#include "internal/http/message.h"

namespace mcp::transport {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kEventStreamType = "text/event-stream";

// Does a Content-Type value name this type? Parameters (charset) are ignored.
bool names_type(std::string_view content_type, std::string_view type);
// Does the Accept field let this type through (RFC 9110 §12.5.1)? An absent field lets everything through.
bool accepts(const http::Headers& headers, std::string_view type);

}  // namespace mcp::transport
