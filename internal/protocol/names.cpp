#include "internal/protocol/names.h"

#include <algorithm>
#include <cstdint>

namespace mcp::protocol {
namespace {

constexpr std::size_t kMaxServerName = 24;
constexpr std::size_t kDigits = 8;
constexpr std::size_t kKept = kMaxJoinedName - kDigits - 1;

// FNV-1a, 64 bits, folded to 32: names need to be told apart, not protected.
std::string short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  auto folded = static_cast<std::uint32_t>(hash >> 32 ^ hash);
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) digits += "0123456789abcdef"[folded >> shift & 15];
  return digits;
}

}  // namespace

bool is_server_name(std::string_view name) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= kMaxServerName && std::all_of(name.begin(), name.end(), allowed);
}

std::string join_name(std::string_view prefix, std::string_view name) {
  std::string joined = std::string(prefix).append(name);
  if (joined.size() <= kMaxJoinedName) return joined;
  std::string digits = short_hash(joined);
  std::size_t end = kKept;
  while (end > 0 && (static_cast<unsigned char>(joined[end]) & 0xc0) == 0x80) --end;
  joined.resize(end);
  return joined.append("_").append(digits);
}

}  // namespace mcp::protocol
