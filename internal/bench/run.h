#pragma once

#include "internal/bench/plan.h"

namespace mcp::bench {

// Opens all sessions and streams, runs the load, and looks at the target's processes. Blocks its thread,
// which needs no event loop. Errors: kUnavailable, kDenied, kProtocol (while sessions were opened: during the
// load whatever goes wrong is counted), kIo.
Result<RunResult> run(const Plan& plan);

}  // namespace mcp::bench
