#pragma once

#include <string_view>

namespace mcp::http {

// For who speaks plain HTTP to a port that wants TLS, and the reverse.
inline constexpr const char* kUseHttps = "it seems to speak TLS there: use https:// instead of http://";
inline constexpr const char* kPerhapsHttps = "if it speaks TLS there, use https:// instead of http://";
inline constexpr const char* kUseHttp = "it seems to speak plain HTTP there: use http:// instead of https://";
inline constexpr const char* kPerhapsHttp = "if it speaks plain HTTP there, use http:// instead of https://";

// Do these bytes begin like a TLS record (RFC 8446 §5.1)? No HTTP response does.
bool is_tls_record(std::string_view bytes);

// Is this the page by which nginx, Apache and Go answer plain HTTP on a port for TLS?
bool asks_for_tls(int status, std::string_view body);

}  // namespace mcp::http
