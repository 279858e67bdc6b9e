#include "internal/protocol/pagination.h"

#include <charconv>

#include "internal/base/base64.h"
#include "internal/base/strings.h"
#include "internal/json/scan.h"

namespace mcp::protocol {
namespace {

constexpr std::string_view kMark = "mcp1";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Page> read_page(const Bytes& result, std::string_view member) {
  auto fields = json::scan_object(result);
  if (!fields) return fail(ErrorCode::kProtocol, "list result: " + fields.error().message);
  std::string_view list = fields->get(member);
  if (list.empty() || json::type_of(list) != json::Type::kArray) {
    return fail(ErrorCode::kProtocol, "list result: member " + json_quote(member) + " must be an array");
  }
  Page page;
  MCP_ASSIGN(page.items, json::scan_array(result.slice(list)));
  std::string_view cursor = fields->get("nextCursor");
  if (cursor.empty() || cursor == "null") return page;
  auto text = json::decode_string(cursor);
  if (!text) return fail(ErrorCode::kProtocol, "list result: nextCursor must be a string");
  page.next_cursor = std::move(*text);
  return page;
}

std::string write_page(std::string_view member, const std::vector<std::string_view>& items,
                       const std::optional<std::string>& next_cursor) {
  std::size_t size = member.size() + Bytes::kPadding + 64;
  for (std::string_view item : items) size += item.size() + 1;
  std::string out = "{";
  out.reserve(size);
  out.append(json_quote(member)).append(":[");
  bool first = true;
  for (std::string_view item : items) {
    if (!first) out += ',';
    first = false;
    out.append(item);
  }
  out += ']';
  if (next_cursor) out.append(",\"nextCursor\":").append(json_quote(*next_cursor));
  return out += '}';
}

std::string encode_cursor(const Cursor& cursor) {
  return base64_encode(std::string(kMark) + ":" + std::to_string(cursor.generation) + ":" +
                       std::to_string(cursor.offset));
}

jsonrpc::RpcError bad_cursor() {
  return {jsonrpc::kInvalidParams, "Invalid cursor: not one of this list; start again without a cursor", {}};
}

tl::expected<Cursor, jsonrpc::RpcError> decode_cursor(std::string_view text) {
  auto foreign = [] { return tl::unexpected<jsonrpc::RpcError>(bad_cursor()); };
  auto plain = base64_decode(text);
  if (!plain) return foreign();
  auto parts = split(*plain, ':');
  if (parts.size() != 3 || parts[0] != kMark) return foreign();
  auto generation = parse_number(parts[1]);
  auto offset = parse_number(parts[2]);
  if (!generation || !offset) return foreign();
  return Cursor{*generation, *offset};
}

}  // namespace mcp::protocol
