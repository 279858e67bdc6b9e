#include "internal/sandbox/egress.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "internal/base/strings.h"

namespace mcp::sandbox {
namespace {

constexpr std::uint32_t kLoopback = 0x7f000001;
constexpr std::size_t kMaxName = 253;  // RFC 1035 §2.3.4
constexpr std::size_t kMaxLabel = 63;

tl::unexpected<Error> wrong(const std::string& text, const std::string& why, const std::string& hint) {
  return fail(ErrorCode::kInvalid, json_quote(text) + " " + why, hint);
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxName) return false;
  auto labels = split(host, '.');
  // A last label of digits makes it an address to some programs, and to others not (WHATWG URL, "ends in a
  // number").
  bool number = labels.back().find_first_not_of("0123456789") == std::string_view::npos;
  return !number && std::all_of(labels.begin(), labels.end(), is_label);
}

std::uint32_t number_of(const Address& address) {
  std::uint32_t number = 0;
  for (std::size_t i = 12; i < 16; ++i) number = number << 8 | address.bytes[i];
  return number;
}

// Where each host stands inside.
std::map<std::string, std::uint32_t> places_of(const std::vector<std::string>& allow) {
  std::map<std::string, std::uint32_t> places;
  std::set<std::uint32_t> taken = {kLoopback};
  std::vector<std::string> names;
  for (const std::string& text : allow) {
    auto to = parse_destination(text);
    if (!to) continue;
    auto address = parse_address(to->host);
    if (address) taken.insert(places[to->host] = number_of(*address));
    if (to->host == "localhost") places[to->host] = kLoopback;
    if (!address && to->host != "localhost") names.push_back(to->host);
  }
  std::uint32_t next = kLoopback;
  for (const std::string& name : names) {
    if (places.contains(name)) continue;
    while (taken.contains(next)) ++next;
    taken.insert(places[name] = next);
  }
  return places;
}

std::string dotted(std::uint32_t address) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += (out.empty() ? "" : ".") + std::to_string(address >> shift & 0xff);
  return out;
}

}  // namespace

Result<Destination> parse_destination(const std::string& text) {
  const std::string example = "write HOST:PORT, for example \"api.example.com:443\"";
  if (text.find("://") != std::string::npos || text.find('/') != std::string::npos)
    return wrong(text, "is an address of the web", example);
  if (text.find('*') != std::string::npos)
    return wrong(text, "has a wildcard: each host is named by itself",
                 example + "; tools are chosen by tools = { allow = […] }");
  auto colon = text.rfind(':');
  if (text.starts_with('[') || (colon != std::string::npos && text.find(':') != colon))
    return wrong(
        text, "is an IPv6 address: they cannot be allowed",
        "give its host a name, in the name service or in /etc/hosts of this machine, and allow that");
  if (colon == std::string::npos) return wrong(text, "names no port", example);
  Destination to;
  const char* last = text.data() + text.size();
  auto [end, bad] = std::from_chars(text.data() + colon + 1, last, to.port);
  if (bad != std::errc() || end != last || to.port == 0)
    return wrong(text, "has no port from 1 to 65535 at its end", example);
  to.host = to_lower(text.substr(0, colon));
  auto address = parse_address(to.host);
  if (!address && !is_name(to.host)) return wrong(text, "does not begin with a host's name", example);
  if (address && place_of(*address).kind == Place::Kind::kNever)
    return wrong(text, "is never reached: " + std::string(place_of(*address).what), "take it out");
  return to;
}

std::vector<Listener> listeners_for(const std::vector<std::string>& allow) {
  auto places = places_of(allow);
  std::vector<Listener> out;
  for (const std::string& text : allow) {
    if (auto to = parse_destination(text)) out.push_back({places[to->host], to->port});
  }
  return out;
}

std::vector<Range> ranges_of(const Policy& policy) {
  std::vector<Range> ranges;
  for (const std::string& text : policy.allow_private) {
    if (auto range = parse_range(text)) ranges.push_back(*range);
  }
  return ranges;
}

std::string hosts_lines(const std::vector<std::string>& allow) {
  std::string out;
  for (const auto& [host, place] : places_of(allow)) {
    if (host != "localhost" && !parse_address(host)) out += dotted(place) + " " + host + "\n";
  }
  return out;
}

}  // namespace mcp::sandbox
