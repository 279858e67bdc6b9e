#include "internal/sandbox/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "internal/base/strings.h"

namespace mcp::sandbox {
namespace {

constexpr int kV4Bits = 96;  // how long ::ffff:0:0 is

struct Special {
  const char* base;
  int bits;
  Place place;
};
constexpr Place::Kind kPrivate = Place::Kind::kPrivate;
constexpr Place::Kind kNever = Place::Kind::kNever;

// The first that holds an address counts.
constexpr Special kSpecial[] = {
    // Services of a cloud that hand out its credentials, wherever in the address space they stand.
    {"168.63.129.16", 128, {kNever, "a cloud's metadata"}},
    {"192.0.0.192", 128, {kNever, "a cloud's metadata"}},
    {"100.100.100.200", 128, {kNever, "a cloud's metadata"}},
    {"fd00:ec2::254", 128, {kNever, "a cloud's metadata"}},
    {"fd20:ce::254", 128, {kNever, "a cloud's metadata"}},
    {"0.0.0.0", kV4Bits + 8, {kNever, "unspecified"}},
    {"10.0.0.0", kV4Bits + 8, {kPrivate, "private"}},
    {"100.64.0.0", kV4Bits + 10, {kPrivate, "shared by a carrier"}},
    {"127.0.0.0", kV4Bits + 8, {kPrivate, "loopback"}},
    {"169.254.0.0", kV4Bits + 16, {kNever, "link-local, where clouds keep their metadata"}},
    {"172.16.0.0", kV4Bits + 12, {kPrivate, "private"}},
    {"192.0.0.0", kV4Bits + 24, {kPrivate, "reserved for protocols"}},
    {"192.0.2.0", kV4Bits + 24, {kPrivate, "reserved for documentation"}},
    {"192.88.99.0", kV4Bits + 24, {kNever, "a relay to IPv6"}},
    {"192.168.0.0", kV4Bits + 16, {kPrivate, "private"}},
    {"198.18.0.0", kV4Bits + 15, {kPrivate, "reserved for benchmarks"}},
    {"198.51.100.0", kV4Bits + 24, {kPrivate, "reserved for documentation"}},
    {"203.0.113.0", kV4Bits + 24, {kPrivate, "reserved for documentation"}},
    {"224.0.0.0", kV4Bits + 4, {kNever, "multicast"}},
    {"240.0.0.0", kV4Bits + 4, {kNever, "reserved"}},
    {"::ffff:0:0", kV4Bits, {}},
    {"::1", 128, {kPrivate, "loopback"}},
    {"2001::", 23, {kNever, "reserved for protocols"}},
    {"2001:db8::", 32, {kPrivate, "reserved for documentation"}},
    {"2002::", 16, {kNever, "a relay from IPv4"}},
    {"3fff::", 20, {kPrivate, "reserved for documentation"}},
    {"fc00::", 7, {kPrivate, "private"}},
    {"fe80::", 10, {kNever, "link-local"}},
    {"ff00::", 8, {kNever, "multicast"}},
    {"2000::", 3, {}},
    // What nobody has given out yet, and the oldest forms of IPv4 within IPv6.
    {"::", 0, {kNever, "reserved"}},
};

// NAT64 (RFC 6052): what is behind it is the IPv4 address at its end.
constexpr const char* kNat64 = "64:ff9b::";

Address must_parse(const char* text) { return parse_address(text).value_or(Address()); }

struct Row {
  Range range;
  Place place;
};
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = [] {
    std::vector<Row> out;
    for (const Special& one : kSpecial) out.push_back({{must_parse(one.base), one.bits}, one.place});
    return out;
  }();
  return kRows;
}

bool bit_of(const Address& address, int index) {
  return (address.bytes[static_cast<std::size_t>(index / 8)] >> (7 - index % 8) & 1) != 0;
}

}  // namespace

bool Address::is_v4() const {
  bool zeros = std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
  return zeros && bytes[10] == 0xff && bytes[11] == 0xff;
}

std::optional<Address> parse_address(const std::string& text) {
  Address address;
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  address = {};
  address.bytes[10] = address.bytes[11] = 0xff;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data() + 12) == 1) return address;
  return std::nullopt;
}

std::string to_string(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.is_v4()) {
    ::inet_ntop(AF_INET, address.bytes.data() + 12, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  }
  return text;
}

bool Range::contains(const Address& address) const {
  for (int i = 0; i < bits; ++i) {
    if (bit_of(base, i) != bit_of(address, i)) return false;
  }
  return true;
}

Result<Range> parse_range(const std::string& text) {
  auto wrong = [&text] {
    return fail(ErrorCode::kInvalid, json_quote(text) + " is no range of addresses",
                "for example \"10.1.2.3\", \"10.0.0.0/8\" or \"fd00::/8\"");
  };
  auto slash = text.find('/');
  auto base = parse_address(text.substr(0, slash));
  if (!base) return wrong();
  Range range{*base, 128};
  if (slash != std::string::npos) {
    int most = base->is_v4() ? 32 : 128;
    int bits = -1;
    const char* last = text.data() + text.size();
    auto [end, bad] = std::from_chars(text.data() + slash + 1, last, bits);
    if (bad != std::errc() || end != last || bits < 0 || bits > most) return wrong();
    range.bits = bits + 128 - most;
  }
  for (int i = range.bits; i < 128; ++i) {
    if (bit_of(range.base, i))
      return fail(ErrorCode::kInvalid, json_quote(text) + " has bits behind its prefix",
                  "write the first address of the range");
  }
  return range;
}

Place place_of(const Address& address) {
  static const Range kBehindNat{must_parse(kNat64), 96};
  if (kBehindNat.contains(address)) {
    Address inner = must_parse("0.0.0.0");
    std::copy(address.bytes.begin() + 12, address.bytes.end(), inner.bytes.begin() + 12);
    return place_of(inner);
  }
  for (const Row& row : rows()) {
    if (row.range.contains(address)) return row.place;
  }
  return {kNever, "reserved"};
}

bool may_reach(const Address& address, const std::vector<Range>& ranges) {
  Place place = place_of(address);
  if (place.kind != kPrivate) return place.kind == Place::Kind::kPublic;
  return std::any_of(ranges.begin(), ranges.end(),
                     [&address](const Range& range) { return range.contains(address); });
}

}  // namespace mcp::sandbox
