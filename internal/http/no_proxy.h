#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp::http {

// Which hosts are reached without a proxy: what NO_PROXY says. Pure; names are not looked up.
// Entries, separated by commas or blanks: `*`, a name with or without a leading dot (it and all names below
// it), an address, a network (10.0.0.0/8), each but `*` and networks also with :port. An entry that is none
// of these covers nothing. This machine itself (localhost, loopback addresses) is always covered, as in Go.
class NoProxy {
 public:
  NoProxy() = default;
  explicit NoProxy(std::string_view list);

  // host: as in Url, in lower case and without brackets.
  bool covers(std::string_view host, std::uint16_t port) const;

 private:
  using Address = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Entry {
    std::string name;  // when there is no address
    std::optional<Address> address;
    unsigned prefix = 128;   // bits of the address that count
    std::uint16_t port = 0;  // 0: any
  };

  static std::optional<Address> parse_address(std::string_view text);
  static std::optional<Entry> parse_network(std::string_view text);
  static std::optional<Entry> parse_entry(std::string_view text);
  static bool is_loopback(const Address& address);
  static bool matches(const Entry& entry, std::string_view host, const std::optional<Address>& address);

  std::vector<Entry> entries_;
  bool everything_ = false;
};

}  // namespace mcp::http
