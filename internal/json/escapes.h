#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mcp::json {

// An escape may name one half of a surrogate pair alone (RFC 8259 §8.2: legal grammar, of no character):
// JavaScript writes one when it cuts a text inside an emoji. UTF-8 has no bytes for it.

// What stands between the quotes of a JSON string, with its escapes resolved. Half a pair becomes the three
// bytes that the scheme of UTF-8 gives its number (WTF-8): no UTF-8 text holds them, so two texts that differ
// stay so, and json_quote() writes them as the escape again. nullopt: an escape or byte that JSON forbids.
std::optional<std::string> unescape(std::string_view inner);

// A text of the same size in which every half of a pair is U+FFFD: for readers that refuse such halves.
std::string without_half_pairs(std::string_view text);

}  // namespace mcp::json
