#pragma once

#include <memory>

#include "internal/bench/plan.h"
#include "internal/bench/wire.h"

namespace mcp::bench {

// A client that has been let in.
struct OpenSession {
  Sender sender;  // with its session id
  std::unique_ptr<Wire> wire;
  std::int64_t start_ns = 0;
};

// Connects and does what a client does first: initialize, notifications/initialized and tools/list, or,
// modern, tools/list alone. Blocking: sessions are opened before the load begins, one after the other, so
// that the time each takes is its own. Errors: kUnavailable, kProtocol (refused, or not MCP).
// extra_fields: beside those of the plan.
Result<OpenSession> open_session(const Plan& plan, Era era, const std::string& extra_fields = "");

// Opens an event stream on the session's connection: GET, or subscriptions/listen. The same errors.
Result<void> hold_stream(OpenSession& session);

}  // namespace mcp::bench
