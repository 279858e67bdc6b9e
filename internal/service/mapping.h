#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::service {

// "[ADDRESS:][HOST_PORT:]CONTAINER_PORT[/tcp|udp|sctp]": "8443", "8443:443", "127.0.0.1:8443:443/tcp",
// "[::1]:53:53/udp".
struct PortMapping {
  std::string address;          // empty: all
  std::uint16_t host_port = 0;  // 0: any that is free
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";

  // Always in full: two mappings that mean the same are the same text.
  std::string to_string() const;

  friend bool operator==(const PortMapping&, const PortMapping&) = default;
};

// "SOURCE:DESTINATION[:OPTION,…]"; the source is a path of the node or the name of a volume.
struct VolumeMapping {
  std::string source;
  std::string destination;
  std::vector<std::string> options;  // sorted, without "rw", which goes without saying

  bool is_path() const { return source.starts_with('/'); }
  std::string to_string() const;

  friend bool operator==(const VolumeMapping&, const VolumeMapping&) = default;
};

// Errors: kInvalid.
Result<PortMapping> parse_port(std::string_view text);
Result<VolumeMapping> parse_volume(std::string_view text);
Result<void> check_port(std::string_view text);
Result<void> check_volume(std::string_view text);

}  // namespace mcp::service
