#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/error.h"
#include "internal/jsonrpc/message.h"

namespace mcp::protocol {

inline constexpr std::string_view kVersionHeader = "MCP-Protocol-Version";
inline constexpr std::string_view kSessionHeader = "Mcp-Session-Id";
inline constexpr std::string_view kMethodHeader = "Mcp-Method";
inline constexpr std::string_view kNameHeader = "Mcp-Name";
inline constexpr std::string_view kParamHeaderPrefix = "Mcp-Param-";

using HeaderList = std::vector<std::pair<std::string, std::string>>;
// Looks a request header up, without case; nullopt when absent.
using HeaderLookup = std::function<std::optional<std::string>(std::string_view name)>;

// "=?base64?…?=" when the text cannot travel as it is (2026-07-28 transports, "Value Encoding").
std::string encode_header_value(std::string_view text);
// Errors: kMalformed (characters a header cannot hold; behind a sentinel bad base64 or not UTF-8).
Result<std::string> decode_header_value(std::string_view value);

// Mcp-Method, Mcp-Name (where the method has one) and MCP-Protocol-Version for a modern request.
HeaderList standard_headers(const jsonrpc::Message& request, std::string_view version);

// -32020; `sent` and `body`, the two values, go to its data (long ones cut).
jsonrpc::RpcError header_mismatch(std::string_view header, std::string_view why,
                                  std::optional<std::string_view> sent = std::nullopt,
                                  std::optional<std::string_view> body = std::nullopt);

// Do the mirrored headers say what the body says? An error is kHeaderMismatch with HTTP 400. Requests only.
std::optional<jsonrpc::RpcError> check_standard_headers(const HeaderLookup& header,
                                                        const jsonrpc::Message& request);

// One parameter of a tool that is mirrored in a header (`x-mcp-header`).
struct ParamHeader {
  std::string header;             // the X of Mcp-Param-X
  std::vector<std::string> path;  // property names from the schema's root
  std::string type;               // "string", "integer", "boolean"
};
// Finds every x-mcp-header of a tool's inputSchema (raw). Errors: kInvalid, when one breaks the rules: an
// HTTP client then drops the tool (2026-07-28 tools, "x-mcp-header").
Result<std::vector<ParamHeader>> find_param_headers(std::string_view input_schema);
// The headers for one call's arguments (raw object or empty): absent and null values have none.
HeaderList param_headers(const std::vector<ParamHeader>& declared, std::string_view arguments);
// Server side: do the Mcp-Param headers say what the arguments say? Unknown Mcp-Param-* are ignored.
std::optional<jsonrpc::RpcError> check_param_headers(const std::vector<ParamHeader>& declared,
                                                     const HeaderLookup& header, std::string_view arguments);

}  // namespace mcp::protocol
