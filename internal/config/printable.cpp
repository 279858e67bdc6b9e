#include "internal/config/printable.h"

#include <array>

namespace mcp::config {
namespace {

// In UTF-8: ALM, LRM, RLM, the embeddings and overrides, the isolates, and the line and paragraph separators.
constexpr auto kDirections = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"\xd8\x9c", "\\u061c"},
    {"\xe2\x80\x8e", "\\u200e"},
    {"\xe2\x80\x8f", "\\u200f"},
    {"\xe2\x80\xa8", "\\u2028"},
    {"\xe2\x80\xa9", "\\u2029"},
    {"\xe2\x80\xaa", "\\u202a"},
    {"\xe2\x80\xab", "\\u202b"},
    {"\xe2\x80\xac", "\\u202c"},
    {"\xe2\x80\xad", "\\u202d"},
    {"\xe2\x80\xae", "\\u202e"},
    {"\xe2\x81\xa6", "\\u2066"},
    {"\xe2\x81\xa7", "\\u2067"},
    {"\xe2\x81\xa8", "\\u2068"},
    {"\xe2\x81\xa9", "\\u2069"},
});

std::string escaped(unsigned char control) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return std::string("\\u00") + kDigits[control >> 4] + kDigits[control & 15];
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto c = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    std::string piece(1, text.front());
    if (c < 0x20 || c == 0x7f) piece = escaped(c);
    for (const auto& [bytes, escape] : kDirections) {
      if (!text.starts_with(bytes)) continue;
      piece = escape;
      taken = bytes.size();
    }
    out += piece;
    text.remove_prefix(taken);
  }
  return out;
}

}  // namespace mcp::config
