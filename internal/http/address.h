#pragma once

#include <string>
#include <vector>

#include "internal/async/tcp.h"
#include "internal/base/error.h"

namespace mcp::http {

// "127.0.0.1:8080", "[::1]:0", "localhost:8080" (both loopbacks). Names are not looked up. Errors: kInvalid.
Result<std::vector<async::TcpEndpoint>> parse_listen_address(const std::string& address);

// "127.0.0.1:51234", "[::1]:51234".
std::string endpoint_text(const async::TcpEndpoint& endpoint);

}  // namespace mcp::http
