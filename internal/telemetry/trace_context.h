#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "internal/base/env.h"

namespace mcp::telemetry {

// Where a piece of work stands in a distributed trace (W3C Trace Context).
struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
  std::string span_id;   // 16 of them: the span that the next hop has as its parent
  bool sampled = true;

  // "00-<trace>-<span>-<flags>" (Trace Context §3.2).
  std::string traceparent() const;
};

// The value of a traceparent header or `_meta` key. nullopt: absent or unusable, so that a new trace begins
// (Trace Context §4.2). Versions above 00 are read as far as 00 goes.
std::optional<TraceContext> parse_traceparent(std::string_view text);

// A new trace, and a new span in an existing one. Random ids.
TraceContext new_trace(Env& env, bool sampled);
TraceContext new_child(Env& env, const TraceContext& parent);

}  // namespace mcp::telemetry
