#pragma once

#include <cstdint>
#include <string>

#include "internal/telemetry/trace_context.h"

namespace mcp::telemetry {

// The place of one running call in a distributed trace.
struct CallTrace {
  TraceContext context;        // what the next hop is told: our span, or the caller's where we make none
  std::string parent_span_id;  // the caller's span; empty: the trace begins here
  std::string tracestate;      // of the caller, unchanged (Trace Context §3.3); empty: none
  bool recorded = false;       // a span of ours is to be exported
  std::int64_t start_unix_ns = 0;
  std::string upstream_id;  // the request's id as the server knows it
};

}  // namespace mcp::telemetry
