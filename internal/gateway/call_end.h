#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "internal/server/session.h"
#include "internal/telemetry/server_meter.h"

namespace mcp::gateway {

// The methods that metrics tell apart: what clients may ask of a server, then "other".
std::span<const std::string_view> counted_methods();
// The place of a method among them.
std::size_t counted_method(std::string_view method);

// One of them: what may be told of a method that a client wrote.
inline std::string_view told_method(std::string_view method) {
  return counted_methods()[counted_method(method)];
}

// How a request ended, as its client sees it. Reads a tool's result no further than it must.
telemetry::CallEnd end_of(std::string_view method, const protocol::Outcome& outcome);

// "tools/call" → "tools", "ping" → "ping": which of a server's capabilities a method belongs to.
std::string_view capability_of(std::string_view method);

}  // namespace mcp::gateway
