#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "internal/telemetry/trace_context.h"

namespace mcp::telemetry {

// One finished piece of work, as it is exported.
struct Span {
  enum class Kind { kInternal = 1, kServer = 2, kClient = 3 };  // OTLP SpanKind

  TraceContext context;
  std::string parent_span_id;  // empty: the root of its trace
  std::string name;            // "tools/call get-sum"
  Kind kind = Kind::kServer;
  std::int64_t start_unix_ns = 0;
  std::int64_t end_unix_ns = 0;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string error;  // empty: it went well
};

// ExportTraceServiceRequest in the JSON encoding of OTLP 1.x: keys in lowerCamelCase, trace and span ids as
// hexadecimal digits, 64-bit numbers as strings (OTLP specification, "JSON Protobuf Encoding").
std::string to_otlp_json(const std::vector<Span>& spans, const std::string& service,
                         const std::string& version);

}  // namespace mcp::telemetry
