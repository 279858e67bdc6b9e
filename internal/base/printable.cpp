#include "internal/base/printable.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "internal/base/strings.h"

namespace mcp {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// ALM, LRM, RLM, the line and paragraph separators, the embeddings and overrides, the isolates.
bool turns(std::uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

// The size of the character that the text begins with; 0 when it is no UTF-8.
std::size_t character_size(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return size <= text.size() && is_valid_utf8(text.substr(0, size)) ? size : 0;
}

std::uint32_t code_of(std::string_view character) {
  auto byte = [character](std::size_t at) { return static_cast<std::uint32_t>(character[at]) & 0xff; };
  if (character.size() == 1) return byte(0);
  std::uint32_t code = byte(0) & (0x7fu >> character.size());
  for (std::size_t at = 1; at < character.size(); ++at) code = code << 6 | (byte(at) & 0x3f);
  return code;
}

std::string escape(std::uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(code));
  return text;
}

std::string made_printable(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t size = character_size(text);
    std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    text.remove_prefix(character.size());
    if (size == 0) {
      out += kReplacement;
      continue;
    }
    std::uint32_t code = code_of(character);
    bool stays = kept.find(character.front()) != kept.npos || !(is_control(code) || turns(code));
    out += stays ? std::string(character) : escape(code);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  // Most lines are ASCII.
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  return made_printable(text, "");
}

std::string printable_lines(std::string_view text) { return made_printable(text, "\n\t"); }

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_plain) || made_printable(text, "") == text;
}

}  // namespace mcp
