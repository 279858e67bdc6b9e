#include "internal/service/mapping.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "internal/base/strings.h"

namespace mcp::service {
namespace {

constexpr std::size_t kMaxPath = 4096;
constexpr std::string_view kOptions[] = {
    "ro",     "rw",    "z",       "Z",     "U",       "exec",     "noexec", "suid", "nosuid", "dev", "nodev",
    "shared", "slave", "private", "rbind", "rshared", "rprivate", "rslave", "bind", "nocopy", "copy"};

// 1 to 65535.
std::optional<std::uint16_t> parse_number(std::string_view text) {
  std::uint16_t number = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

bool is_address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

tl::unexpected<Error> wrong_port(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no port mapping: " + std::string(why),
              "write \"HOST:CONTAINER\" or \"ADDRESS:HOST:CONTAINER/udp\": \"127.0.0.1:8443:443\"");
}

tl::unexpected<Error> wrong_volume(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no volume: " + std::string(why),
              "write \"/path/on/the/node:/path/in/the/container:ro\", or a volume's name in front");
}

// An absolute path without parts that lead elsewhere.
bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > kMaxPath || path.find('\0') != std::string_view::npos ||
      !is_valid_utf8(path))
    return false;
  for (std::string_view part : split(path.substr(1), '/')) {
    if (part == "." || part == "..") return false;
  }
  return true;
}

bool is_volume_name(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::string_view kMore = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.size() <= 128 && kFirst.find(name[0]) != std::string_view::npos &&
         name.find_first_not_of(kMore) == std::string_view::npos;
}

// Takes "[::1]:" or "127.0.0.1:" off the front when more than `text`'s two numbers are there.
Result<std::string> take_address(std::string_view& rest, std::string_view whole) {
  std::string address;
  if (rest.starts_with('[')) {
    auto close = rest.find("]:");
    if (close == std::string_view::npos) return wrong_port(whole, "the address lacks its \"]:\"");
    address = rest.substr(1, close - 1);
    rest.remove_prefix(close + 2);
  } else if (std::count(rest.begin(), rest.end(), ':') >= 2) {
    auto colon = rest.find(':');
    address = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
    if (address.empty()) return wrong_port(whole, "the address is empty");
  }
  if (!address.empty() && !is_address(address))
    return wrong_port(whole, json_quote(address) + " is no address");
  // Podman's netavark 1.4 lets nothing through to an explicit 0.0.0.0; it means all, as nothing does.
  return address == "0.0.0.0" ? "" : address;
}

}  // namespace

std::string PortMapping::to_string() const {
  std::string host = address.empty()                          ? ""
                     : address.find(':') == std::string::npos ? address + ":"
                                                              : "[" + address + "]:";
  std::string port = host_port == 0 ? (host.empty() ? "" : ":") : std::to_string(host_port) + ":";
  return host + port + std::to_string(container_port) + "/" + protocol;
}

std::string VolumeMapping::to_string() const {
  std::string out = source + ":" + destination;
  for (const auto& option : options) out += (&option == &options.front() ? ":" : ",") + option;
  return out;
}

Result<PortMapping> parse_port(std::string_view text) {
  PortMapping port;
  std::string_view rest = text;
  if (auto slash = rest.rfind('/'); slash != std::string_view::npos) {
    port.protocol = rest.substr(slash + 1);
    if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp")
      return wrong_port(text, "behind / stands tcp, udp or sctp");
    rest = rest.substr(0, slash);
  }
  MCP_ASSIGN(port.address, take_address(rest, text));
  auto colon = rest.find(':');
  std::string_view host = colon == std::string_view::npos ? "" : rest.substr(0, colon);
  auto inside = parse_number(colon == std::string_view::npos ? rest : rest.substr(colon + 1));
  if (!inside) return wrong_port(text, "a port of the container is a number from 1 to 65535");
  port.container_port = *inside;
  if (host.empty()) return port;
  auto outside = parse_number(host);
  if (!outside) return wrong_port(text, "a port of the node is a number from 1 to 65535");
  port.host_port = *outside;
  return port;
}

Result<VolumeMapping> parse_volume(std::string_view text) {
  auto parts = split(text, ':');
  if (parts.size() < 2) return wrong_volume(text, "it has a source and a destination, with a colon between");
  if (parts.size() > 3) return wrong_volume(text, "it has at most two colons");
  VolumeMapping volume{std::string(parts[0]), std::string(parts[1]), {}};
  bool path = volume.is_path();
  if (path ? !is_plain_path(volume.source) : !is_volume_name(volume.source))
    return wrong_volume(text, json_quote(volume.source) + " is neither an absolute path nor a volume's name");
  if (!is_plain_path(volume.destination) || volume.destination == "/")
    return wrong_volume(text, json_quote(volume.destination) + " is no absolute path below /");
  if (parts.size() < 3) return volume;
  for (std::string_view option : split(parts[2], ',')) {
    if (std::find(std::begin(kOptions), std::end(kOptions), option) == std::end(kOptions))
      return wrong_volume(text, json_quote(option) + " is no option of a mount");
    if (option != "rw") volume.options.emplace_back(option);
  }
  std::sort(volume.options.begin(), volume.options.end());
  volume.options.erase(std::unique(volume.options.begin(), volume.options.end()), volume.options.end());
  return volume;
}

Result<void> check_port(std::string_view text) {
  auto port = parse_port(text);
  if (port) return {};
  return fail(std::move(port.error()));
}

Result<void> check_volume(std::string_view text) {
  auto volume = parse_volume(text);
  if (volume) return {};
  return fail(std::move(volume.error()));
}

}  // namespace mcp::service
