#pragma once

#include "internal/base/strings.h"
#include "internal/http/message.h"

namespace mcp::transport {

// Of a legacy request's header fields those that its envelope keeps: its place in a distributed trace.
inline http::Headers trace_fields(const http::Headers& headers) {
  http::Headers kept;
  if (!headers.has("traceparent")) return kept;
  for (const auto& [name, value] : headers) {
    if (iequals(name, "traceparent") || iequals(name, "tracestate")) kept.add(name, value);
  }
  return kept;
}

}  // namespace mcp::transport
