#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/sandbox/address.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/policy.h"

namespace mcp::sandbox {

// What a server may reach in spite of its sandbox: an entry of Policy::allow.
struct Destination {
  std::string host;        // a name in lower case, "localhost", or an IPv4 address
  std::uint16_t port = 0;  // 1 … 65535

  std::string text() const { return host + ":" + std::to_string(port); }
  friend bool operator==(const Destination&, const Destination&) = default;
};

// "api.example.com:443". Errors: kInvalid (no port, a URL, a wildcard, IPv6, no name).
Result<Destination> parse_destination(const std::string& text);

// The places inside at which the destinations are met, in the order of `allow`, which is valid. A name has a
// loopback address of its own for all its ports; an address stands for itself; localhost is 127.0.0.1.
std::vector<Listener> listeners_for(const std::vector<std::string>& allow);

// Those of a valid policy's allow_private.
std::vector<Range> ranges_of(const Policy& policy);

// Lines of /etc/hosts for the names among them.
std::string hosts_lines(const std::vector<std::string>& allow);

}  // namespace mcp::sandbox
