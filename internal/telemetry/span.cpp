#include "internal/telemetry/span.h"

#include <nlohmann/json.hpp>

#include "internal/json/value.h"

namespace mcp::telemetry {
namespace {

constexpr int kStatusOk = 1;
constexpr int kStatusError = 2;

json::Value attribute(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

json::Value span_json(const Span& span) {
  json::Value attributes = json::Value::array();
  for (const auto& [key, value] : span.attributes) attributes.push_back(attribute(key, value));
  json::Value out = {{"traceId", span.context.trace_id},
                     {"spanId", span.context.span_id},
                     {"name", span.name},
                     {"kind", static_cast<int>(span.kind)},
                     {"startTimeUnixNano", std::to_string(span.start_unix_ns)},
                     {"endTimeUnixNano", std::to_string(span.end_unix_ns)},
                     {"attributes", std::move(attributes)}};
  if (!span.parent_span_id.empty()) out["parentSpanId"] = span.parent_span_id;
  out["status"] = {{"code", span.error.empty() ? kStatusOk : kStatusError}};
  if (!span.error.empty()) out["status"]["message"] = span.error;
  return out;
}

}  // namespace

std::string to_otlp_json(const std::vector<Span>& spans, const std::string& service,
                         const std::string& version) {
  json::Value list = json::Value::array();
  for (const Span& span : spans) list.push_back(span_json(span));
  json::Value resource = {
      {"attributes", {attribute("service.name", service), attribute("service.version", version)}}};
  json::Value scope_spans = {{"scope", {{"name", service}, {"version", version}}},
                             {"spans", std::move(list)}};
  json::Value all = {{"resource", std::move(resource)}, {"scopeSpans", json::Value::array({scope_spans})}};
  return json::dump({{"resourceSpans", json::Value::array({all})}});
}

}  // namespace mcp::telemetry
