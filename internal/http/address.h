#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/async/tcp.h"
#include "internal/base/error.h"

namespace mcp::http {

// Where to listen: TCP endpoints, or the file of a Unix-domain socket.
struct ListenAddress {
  std::vector<async::TcpEndpoint> endpoints;
  std::string socket;
};

// "127.0.0.1:8080", "[::1]:0", "localhost:8080" (both loopbacks), "unix:/run/mcp.sock". Names are not looked
// up. Errors: kInvalid.
Result<ListenAddress> parse_listen_address(const std::string& address);

// "127.0.0.1:51234", "[::1]:51234".
std::string endpoint_text(const async::TcpEndpoint& endpoint);

// The longest path of a Unix-domain socket's file, in bytes (unix(7)).
inline constexpr std::size_t kMaxSocketPath = 107;

// The path behind "unix:", nullopt when the text does not begin with that.
std::optional<std::string_view> socket_path_of(std::string_view address);

// Errors: kInvalid (not absolute, too long, NUL).
Result<void> check_socket_path(std::string_view path);

}  // namespace mcp::http
