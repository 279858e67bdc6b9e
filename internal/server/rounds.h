#pragma once

#include <memory>
#include <string>

#include "internal/server/answer.h"
#include "internal/server/context.h"
#include "internal/server/request_state.h"

namespace mcp::server {

// Runs a handler to its outcome. When it needs input: a modern client gets an `input_required` result and
// comes back (its requestState is opened here); a legacy client is asked by real requests, and the handler
// runs again, at most kMaxRounds times. A handler that throws is answered with -32603.
Task<Outcome> run_handler(ContextPtr context, Handler handler, std::shared_ptr<const StateSeal> seal);

inline constexpr int kMaxRounds = 16;

}  // namespace mcp::server
