#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "internal/base/env.h"
#include "internal/server/session.h"
#include "internal/telemetry/span_exporter.h"

namespace mcp::gateway {

// One span for each call, a child of its client's (W3C Trace Context; `_meta` keys traceparent and
// tracestate: SEP-414). Without an exporter the client's place in its trace is handed on as it is.
class Tracing {
 public:
  Tracing(Env& env, std::shared_ptr<telemetry::SpanExporter> exporter)
      : env_(env), exporter_(std::move(exporter)) {}

  // Notes the call's place in a trace, where it has one.
  void begin(server::Call& call) const;
  // Its end: the span goes to the exporter.
  void end(server::Call& call, const protocol::Outcome& outcome, std::chrono::nanoseconds duration) const;

  const std::shared_ptr<telemetry::SpanExporter>& exporter() const { return exporter_; }

 private:
  Env& env_;
  std::shared_ptr<telemetry::SpanExporter> exporter_;
};

// params that tell the server the call's place in its trace: `_meta` traceparent and tracestate, spliced.
std::string with_trace(std::string_view params, const telemetry::CallTrace& trace);
// The same as header fields.
http::Headers trace_headers(const telemetry::CallTrace& trace);

}  // namespace mcp::gateway
