#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/http/fetch.h"
#include "internal/telemetry/span_exporter.h"

namespace mcp::http {

// Carries batches of spans to a collector (OTLP/HTTP, JSON encoding). `target` says where and with which
// fields: its method and body are ours.
std::shared_ptr<telemetry::Sink> make_otlp_sink(async::Loop& loop, FetchRequest target);

}  // namespace mcp::http
