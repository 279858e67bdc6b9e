#include "internal/config/header_field.h"

#include <algorithm>
#include <iterator>

#include "internal/base/strings.h"

namespace mcp::config {
namespace {

// Of the connection and of the protocol: RFC 9110, and the transports of MCP.
bool is_own_header(std::string_view name) {
  static constexpr std::string_view kOwn[] = {"accept",
                                              "accept-encoding",
                                              "connection",
                                              "content-encoding",
                                              "content-length",
                                              "content-type",
                                              "expect",
                                              "host",
                                              "keep-alive",
                                              "last-event-id",
                                              "mcp-method",
                                              "mcp-name",
                                              "mcp-protocol-version",
                                              "mcp-session-id",
                                              "proxy-connection",
                                              "te",
                                              "trailer",
                                              "transfer-encoding",
                                              "upgrade"};
  return std::any_of(std::begin(kOwn), std::end(kOwn),
                     [&](std::string_view own) { return iequals(own, name); });
}

}  // namespace

Result<void> check_header_name(std::string_view name) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (name.empty() || name.find_first_not_of(kToken) != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, json_quote(name) + " is no name of a header field",
                "letters, digits and - as in Authorization");
  }
  if (!is_own_header(name)) return {};
  return fail(ErrorCode::kInvalid, json_quote(name) + " is set by mcp itself", "remove it");
}

Result<void> check_header_value(std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return {};
  return fail(ErrorCode::kInvalid, "a value is one line", "remove the line end");
}

}  // namespace mcp::config
