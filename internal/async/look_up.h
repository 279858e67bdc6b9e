#pragma once

#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/async/tcp.h"

namespace mcp::async {

using Endpoints = std::vector<TcpEndpoint>;

// The addresses of a host, at once when it is one itself. Asio's own thread blocks in getaddrinfo(), which
// nobody can interrupt: whoever does not want to wait any longer sets the slot. Errors: kUnavailable (no such
// host, no answer).
Slot<Result<Endpoints>> look_up(Loop& loop, std::string host, std::uint16_t port);

}  // namespace mcp::async
