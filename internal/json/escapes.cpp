#include "internal/json/escapes.h"

#include <cstdint>

#include "internal/base/strings.h"

namespace mcp::json {
namespace {

constexpr std::size_t kUnitSize = 6;  // \uXXXX

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The UTF-16 unit that the text at `at` names by \uXXXX.
std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t at) {
  if (at > text.size() || text.substr(at, 2) != "\\u" || text.size() - at < kUnitSize) return std::nullopt;
  std::uint32_t unit = 0;
  for (char c : text.substr(at + 2, 4)) {
    int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

void append_code_point(std::string& out, std::uint32_t code) {
  auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  auto tail = [&byte, code](int shift) { byte(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    tail(6);
  } else {
    byte(0xF0 | (code >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

// The character behind a backslash; '\0' for one that JSON does not know.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
  }
}

// Appends what the escape at `at` stands for: how many bytes it takes, 0 when it is none.
std::size_t append_escape(std::string& out, std::string_view text, std::size_t at) {
  if (auto unit = unit_at(text, at)) {
    auto next = is_high(*unit) ? unit_at(text, at + kUnitSize) : std::nullopt;
    if (next && is_low(*next)) {
      append_code_point(out, 0x10000 + ((*unit - 0xD800) << 10) + (*next - 0xDC00));
      return 2 * kUnitSize;
    }
    append_code_point(out, *unit);
    return kUnitSize;
  }
  char meant = at + 1 < text.size() ? short_escape(text[at + 1]) : '\0';
  if (meant == '\0') return 0;
  out += meant;
  return 2;
}

}  // namespace

std::optional<std::string> unescape(std::string_view inner) {
  if (!is_valid_utf8(inner)) return std::nullopt;
  std::string out;
  out.reserve(inner.size());
  for (std::size_t at = 0; at < inner.size();) {
    char c = inner[at];
    if (c == '"' || static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    if (c != '\\') {
      out += c;
      ++at;
      continue;
    }
    std::size_t taken = append_escape(out, inner, at);
    if (taken == 0) return std::nullopt;
    at += taken;
  }
  return out;
}

std::string without_half_pairs(std::string_view text) {
  std::string whole(text);
  for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    auto unit = unit_at(text, at);
    if (!unit) {
      at += 2;
      continue;
    }
    auto next = is_high(*unit) ? unit_at(text, at + kUnitSize) : std::nullopt;
    bool pair = next && is_low(*next);
    if (!pair && (is_high(*unit) || is_low(*unit))) whole.replace(at, kUnitSize, "\\ufffd");
    at += pair ? 2 * kUnitSize : kUnitSize;
  }
  return whole;
}

}  // namespace mcp::json
