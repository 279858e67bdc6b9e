#include "internal/http/address.h"

#include <charconv>

#include "internal/base/strings.h"

namespace mcp::http {
namespace {

constexpr const char* kNotLookedUp =
    "names are not looked up: write 127.0.0.1, [::1], another address of this machine, 0.0.0.0 for all of "
    "them, "
    "or localhost";
constexpr const char* kHint =
    "use HOST:PORT, e.g. 127.0.0.1:8080 or [::1]:8080; port 0 means any free one; or unix:/PATH";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& address) {
  if (auto path = socket_path_of(address)) {
    MCP_TRY(check_socket_path(*path));
    return ListenAddress{{}, std::string(*path)};
  }
  auto bad = [&] {
    return fail(ErrorCode::kInvalid, "\"" + address + "\" is not an address to listen on", kHint);
  };
  auto colon = address.rfind(':');
  if (colon == std::string::npos) return bad();
  auto port = parse_port(std::string_view(address).substr(colon + 1));
  if (!port) return bad();
  std::string host = address.substr(0, colon);
  if (host == "localhost") {
    return ListenAddress{
        {{async::asio::ip::address_v4::loopback(), *port}, {async::asio::ip::address_v6::loopback(), *port}},
        {}};
  }
  std::string written = host;
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code failed;
  auto ip = async::asio::ip::make_address(host, failed);
  if (failed) return fail(ErrorCode::kInvalid, "\"" + written + "\" is not an IP address", kNotLookedUp);
  if (ip.is_v6() != bracketed) return bad();
  return ListenAddress{{{ip, *port}}, {}};
}

std::string endpoint_text(const async::TcpEndpoint& endpoint) {
  std::string host = endpoint.address().to_string();
  if (endpoint.address().is_v6()) host = "[" + host + "]";
  return host + ":" + std::to_string(endpoint.port());
}

std::optional<std::string_view> socket_path_of(std::string_view address) {
  constexpr std::string_view kScheme = "unix:";
  if (!address.starts_with(kScheme)) return std::nullopt;
  return address.substr(kScheme.size());
}

Result<void> check_socket_path(std::string_view path) {
  if (!path.starts_with('/') || path.back() == '/' || path.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, json_quote(path) + " is not the absolute path of a socket",
                "for example unix:/run/mcp.sock");
  }
  if (path.size() > kMaxSocketPath) {
    return fail(ErrorCode::kInvalid, "the path of the socket has " + std::to_string(path.size()) + " bytes",
                "the system takes at most " + std::to_string(kMaxSocketPath));
  }
  return {};
}

}  // namespace mcp::http
