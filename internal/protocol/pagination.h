#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/error.h"
#include "internal/jsonrpc/errors.h"

namespace mcp::protocol {

// One page of a list result. The items are slices of the result's bytes: keep those.
struct Page {
  std::vector<std::string_view> items;
  std::optional<std::string>
      next_cursor;  // absent = the end; an empty one is a cursor (pagination, 2026-07-28)
};
// `member` is the row's list_member: "tools" … Errors: kProtocol (no such array, a cursor that is not a
// string).
Result<Page> read_page(const Bytes& result, std::string_view member);
// {"tools":[…],"nextCursor":"…"}
std::string write_page(std::string_view member, const std::vector<std::string_view>& items,
                       const std::optional<std::string>& next_cursor = std::nullopt);

// Our own cursors: where the next page begins in one generation of a list. Opaque to clients.
struct Cursor {
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};
std::string encode_cursor(const Cursor& cursor);
// The error is -32602: not a cursor of ours. Whether its generation still lives is the caller's to judge.
tl::expected<Cursor, jsonrpc::RpcError> decode_cursor(std::string_view text);
// The same error for a cursor whose list is gone.
jsonrpc::RpcError bad_cursor();

}  // namespace mcp::protocol
