#include "internal/http/no_proxy.h"

#include <arpa/inet.h>
#include <algorithm>
#include <charconv>

#include "internal/base/strings.h"

namespace mcp::http {
namespace {

constexpr std::string_view kSeparators = ", \t\r\n";
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96 stands before an IPv4 address

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

std::string_view without_brackets(std::string_view text) {
  bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  return bracketed ? text.substr(1, text.size() - 2) : text;
}

// "example.com." is example.com, said to be complete.
std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// Of host and host:port; an IPv6 address without brackets has no port.
std::string_view port_of(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  bool sole = text.find(':') == colon || (colon > 0 && text[colon - 1] == ']');
  return sole ? text.substr(colon + 1) : std::string_view();
}

}  // namespace

std::optional<NoProxy::Address> NoProxy::parse_address(std::string_view text) {
  std::string copy(text);
  Address address{};
  if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xff;
  if (inet_pton(AF_INET, copy.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

std::optional<NoProxy::Entry> NoProxy::parse_network(std::string_view text) {
  auto slash = text.find('/');
  Entry entry;
  entry.address = parse_address(without_brackets(text.substr(0, slash)));
  bool v6 = text.find(':') != std::string_view::npos;
  auto bits = parse_number(text.substr(slash + 1), v6 ? 128 : 32);
  if (!entry.address || !bits) return std::nullopt;
  entry.prefix = v6 ? *bits : *bits + kMappedBits;
  return entry;
}

std::optional<NoProxy::Entry> NoProxy::parse_entry(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return parse_network(text);
  Entry entry;
  if (auto digits = port_of(text); !digits.empty()) {
    auto port = parse_number(digits, 65535);
    if (!port) return std::nullopt;
    entry.port = static_cast<std::uint16_t>(*port);
    text.remove_suffix(digits.size() + 1);
  }
  entry.address = parse_address(without_brackets(text));
  if (entry.address) return entry;
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  entry.name = to_lower(without_last_dot(text));
  if (entry.name.empty()) return std::nullopt;
  return entry;
}

NoProxy::NoProxy(std::string_view list) {
  while (true) {
    auto begin = list.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return;
    list.remove_prefix(begin);
    auto text = list.substr(0, list.find_first_of(kSeparators));
    list.remove_prefix(text.size());
    if (text == "*") everything_ = true;
    if (auto entry = parse_entry(text)) entries_.push_back(std::move(*entry));
  }
}

bool NoProxy::is_loopback(const Address& address) {
  static const Address kV6 = *parse_address("::1");
  static const Address kV4 = *parse_address("127.0.0.1");
  return address == kV6 || std::equal(kV4.begin(), kV4.begin() + 13, address.begin());
}

bool NoProxy::matches(const Entry& entry, std::string_view host, const std::optional<Address>& address) {
  if (entry.address.has_value() != address.has_value()) return false;
  if (!address) {
    if (!host.ends_with(entry.name)) return false;
    host.remove_suffix(entry.name.size());
    return host.empty() || host.back() == '.';
  }
  unsigned whole = entry.prefix / 8, rest = entry.prefix % 8;
  if (!std::equal(address->begin(), address->begin() + whole, entry.address->begin())) return false;
  return rest == 0 || (((*address)[whole] ^ (*entry.address)[whole]) >> (8 - rest)) == 0;
}

bool NoProxy::covers(std::string_view host, std::uint16_t port) const {
  if (everything_) return true;
  auto address = parse_address(host);
  host = without_last_dot(host);
  if (host == "localhost" || host.ends_with(".localhost") || (address && is_loopback(*address))) return true;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return (entry.port == 0 || entry.port == port) && matches(entry, host, address);
  });
}

}  // namespace mcp::http
