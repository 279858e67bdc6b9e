#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::sandbox {

// An IP address in network order; IPv4 stands as ::ffff:a.b.c.d, so that neither form hides the other.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  friend bool operator==(const Address&, const Address&) = default;
};

// "192.0.2.7", "2001:db8::1"; nullopt for anything else.
std::optional<Address> parse_address(const std::string& text);
std::string to_string(const Address& address);

// Addresses that share their first `bits` of 128.
struct Range {
  Address base;
  int bits = 128;

  bool contains(const Address& address) const;
  friend bool operator==(const Range&, const Range&) = default;
};
// "10.0.0.0/8", "fd00::/8", or one address. Errors: kInvalid (no range; bits set behind the prefix).
Result<Range> parse_range(const std::string& text);

// Where an address lies, by IANA's special-purpose registries (RFC 6890 and its successors).
struct Place {
  enum class Kind {
    kPublic,
    kPrivate,  // inside some network: reached only when the configuration names it
    kNever,    // of one host or link, of many, of a cloud's metadata, or of nobody: not reached at all
  };
  Kind kind = Kind::kPublic;
  std::string_view what;  // "loopback", "private", …; empty for public ones
};
Place place_of(const Address& address);

// May a server's connection go there? kPublic ones, and kPrivate ones within `ranges`.
bool may_reach(const Address& address, const std::vector<Range>& ranges);

}  // namespace mcp::sandbox
