#pragma once

#include <map>
#include <optional>
#include <string>

#include "cmd/mcp/serve_config.h"
#include "internal/base/env.h"

namespace mcp::cmd {

// A collector of spans, as OTLP over HTTP reaches it.
struct SpansTarget {
  std::string url;
  std::map<std::string, std::string> headers{};  // their values are secrets
  std::string service = "mcp";                   // by which it knows us
};

// Who is told of spans: otlp_endpoint and otlp_headers of [serve], then the variables that OpenTelemetry's
// programs share (OTLP exporter specification; "General SDK Configuration"):
// OTEL_EXPORTER_OTLP_[TRACES_]ENDPOINT and …HEADERS, OTEL_SERVICE_NAME; OTEL_SDK_DISABLED=true switches off
// whatever else is said. nullopt: nobody. Errors: kConfig, naming the key or the variable, never a value.
Result<std::optional<SpansTarget>> spans_target(Env& env, const ServeConfig& config);

// The address that spans are posted to: the endpoint and the signal's path.
std::string spans_url(std::string endpoint);

}  // namespace mcp::cmd
