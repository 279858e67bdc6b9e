#include "internal/protocol/headers.h"

#include <algorithm>

#include "internal/base/base64.h"
#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/method.h"

namespace mcp::protocol {
namespace {

constexpr std::string_view kOpen = "=?base64?";
constexpr std::string_view kClose = "?=";

bool visible(char c) { return c > ' ' && c <= '~'; }

// RFC 9110 §5.5 allows blanks inside a value; at its ends they would be trimmed on the way.
bool travels_plain(std::string_view text) {
  if (text.empty()) return true;
  auto plain = [](char c) { return visible(c) || c == ' '; };
  return visible(text.front()) && visible(text.back()) && std::all_of(text.begin(), text.end(), plain);
}

bool is_sentinel(std::string_view value) {
  return value.size() >= kOpen.size() + kClose.size() && value.starts_with(kOpen) && value.ends_with(kClose);
}

// The body's value that Mcp-Name repeats; nullopt when the method has none or it is not a string.
std::optional<std::string> name_of(const jsonrpc::Message& request) {
  const Method* method = find_method(request.method);
  if (method == nullptr || method->header_param.empty()) return std::nullopt;
  auto text = json::decode_string(json::member_of(request.params.view(), method->header_param));
  if (!text) return std::nullopt;
  return *text;
}

// A quoted part of a message: bodies may be long.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 120;
  if (text.size() <= kMost) return json_quote(text);
  std::size_t end = kMost;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
  return json_quote(std::string(text.substr(0, end)) + "…");
}

std::optional<jsonrpc::RpcError> compare(const HeaderLookup& header, std::string_view name,
                                         std::string_view body) {
  auto value = header(name);
  if (!value) return header_mismatch(name, "is missing");
  auto decoded = decode_header_value(*value);
  if (!decoded) return header_mismatch(name, "is malformed: " + decoded.error().message);
  if (*decoded == body) return std::nullopt;
  return header_mismatch(name, "does not match the body", *decoded, body);
}

}  // namespace

std::string encode_header_value(std::string_view text) {
  if (travels_plain(text) && !is_sentinel(text)) return std::string(text);
  return std::string(kOpen).append(base64_encode(text)).append(kClose);
}

Result<std::string> decode_header_value(std::string_view value) {
  value = trim(value);
  auto legal = [](char c) { return visible(c) || c == ' ' || c == '\t'; };
  if (!std::all_of(value.begin(), value.end(), legal)) {
    return fail(ErrorCode::kMalformed, "characters that a header value cannot hold");
  }
  if (!is_sentinel(value)) return std::string(value);
  value.remove_prefix(kOpen.size());
  value.remove_suffix(kClose.size());
  MCP_ASSIGN(std::string text, base64_decode(value));
  if (!is_valid_utf8(text)) return fail(ErrorCode::kMalformed, "not UTF-8 behind the base64");
  return text;
}

jsonrpc::RpcError header_mismatch(std::string_view header, std::string_view why,
                                  std::optional<std::string_view> sent,
                                  std::optional<std::string_view> body) {
  std::string message = "Header mismatch: " + std::string(header) + " " + std::string(why);
  std::string data = "{\"header\":" + json_quote(header);
  if (sent) data.append(",\"value\":").append(quoted(*sent));
  if (body) data.append(",\"body\":").append(quoted(*body));
  return {jsonrpc::kHeaderMismatch, std::move(message), data + "}"};
}

HeaderList standard_headers(const jsonrpc::Message& request, std::string_view version) {
  HeaderList headers;
  headers.emplace_back(kVersionHeader, version);
  headers.emplace_back(kMethodHeader, encode_header_value(request.method));
  if (auto name = name_of(request)) headers.emplace_back(kNameHeader, encode_header_value(*name));
  return headers;
}

std::optional<jsonrpc::RpcError> check_standard_headers(const HeaderLookup& header,
                                                        const jsonrpc::Message& request) {
  // Without a version in the body there is nothing to compare; read_client() refuses the request for that.
  auto version = json::decode_string(json::member_of(request.meta.view(), kMetaVersion));
  if (!version && !header(kVersionHeader)) return header_mismatch(kVersionHeader, "is missing");
  if (version) {
    if (auto wrong = compare(header, kVersionHeader, *version)) return wrong;
  }
  if (auto wrong = compare(header, kMethodHeader, request.method)) return wrong;
  const Method* method = find_method(request.method);
  if (method == nullptr || method->header_param.empty()) return std::nullopt;
  if (auto name = name_of(request)) return compare(header, kNameHeader, *name);
  if (header(kNameHeader)) return header_mismatch(kNameHeader, "has no counterpart in the body");
  return std::nullopt;
}

}  // namespace mcp::protocol
