#include "internal/gateway/tracing.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "internal/base/strings.h"
#include "internal/gateway/call_end.h"
#include "internal/gateway/client_text.h"
#include "internal/json/members.h"
#include "internal/json/scan.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {
namespace {

using telemetry::CallTrace;
using telemetry::TraceContext;

constexpr std::string_view kParent = "traceparent";
constexpr std::string_view kState = "tracestate";
constexpr std::size_t kMaxState = 512;  // Trace Context §3.3.1.5: at least so much is to be handed on

struct Origin {
  std::optional<TraceContext> context;
  std::string state;
};

std::string text_of(std::string_view raw) {
  auto text = json::decode_string(raw);
  return text ? std::move(*text) : std::string();
}

// Visible characters of ASCII alone may stand in a header field.
std::string usable_state(std::string state) {
  bool plain = state.size() <= kMaxState &&
               std::all_of(state.begin(), state.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? std::move(state) : std::string();
}

// `_meta` was written by the client itself; a header field may be that of an HTTP library, or a proxy, below
// it. The state belongs to the parent that it came with.
Origin origin_of(const server::Call& call) {
  std::string_view meta = call.message().meta.view();
  if (!meta.empty() && ::memmem(meta.data(), meta.size(), kParent.data(), kParent.size()) != nullptr) {
    auto context = telemetry::parse_traceparent(text_of(json::member_of(meta, kParent)));
    if (context) return {std::move(context), usable_state(text_of(json::member_of(meta, kState)))};
  }
  std::string_view field = call.field(kParent);
  if (field.empty()) return {};
  return {telemetry::parse_traceparent(field), usable_state(std::string(call.field(kState)))};
}

std::string span_name(const server::Call& call) {
  const std::string& subject = call.name();
  std::string method(told_method(call.method()));
  return subject.empty() ? method : method + " " + shortened(subject);
}

std::string error_of(const protocol::Outcome& outcome, telemetry::CallEnd end) {
  if (!outcome.ok()) return "JSON-RPC error " + std::to_string(outcome.error().code);
  return end == telemetry::CallEnd::kIsError ? "isError" : "";
}

}  // namespace

void Tracing::begin(server::Call& call) const {
  Origin origin = origin_of(call);
  if (!origin.context && !exporter_) return;
  auto trace = std::make_unique<CallTrace>();
  trace->tracestate = std::move(origin.state);
  trace->recorded = exporter_ && (!origin.context || origin.context->sampled);
  if (!origin.context) {
    trace->context = telemetry::new_trace(env_, true);
  } else if (trace->recorded) {
    trace->parent_span_id = origin.context->span_id;
    trace->context = telemetry::new_child(env_, *origin.context);
  } else {
    trace->context = std::move(*origin.context);
  }
  if (trace->recorded) trace->start_unix_ns = env_.wall_clock_ns();
  call.note().trace = std::move(trace);
}

void Tracing::end(server::Call& call, const protocol::Outcome& outcome,
                  std::chrono::nanoseconds duration) const {
  std::unique_ptr<CallTrace> trace = std::move(call.note().trace);
  if (!trace || !trace->recorded || !exporter_) return;
  telemetry::CallEnd end = end_of(call.method(), outcome);
  telemetry::Span span;
  span.context = std::move(trace->context);
  span.parent_span_id = std::move(trace->parent_span_id);
  span.name = span_name(call);
  span.start_unix_ns = trace->start_unix_ns;
  span.end_unix_ns = trace->start_unix_ns + duration.count();
  span.attributes = {
      {"rpc.system", "jsonrpc"},
      {"rpc.method", std::string(told_method(call.method()))},
      {"rpc.id", call.message().id ? shortened(call.message().id->raw()) : std::string()},
      {"transport.type", std::string(call.session()->transport())},
      {"capability", std::string(capability_of(told_method(call.method())))},
      {"mcp.session", call.session()->id()},
      {"mcp.outcome", std::string(to_string(call.cancelled() ? telemetry::CallEnd::kCancelled : end))}};
  if (call.note().meter != nullptr) span.attributes.emplace_back("mcp.server", call.note().meter->server());
  if (!trace->upstream_id.empty()) span.attributes.emplace_back("rpc.id.upstream", trace->upstream_id);
  if (!outcome.ok()) {
    span.attributes.emplace_back("rpc.jsonrpc.error_code", std::to_string(outcome.error().code));
  }
  if (!call.cancelled()) span.error = error_of(outcome, end);
  exporter_->record(std::move(span));
}

std::string with_trace(std::string_view params, const CallTrace& trace) {
  std::string text = protocol::with_meta(params, kParent, json_quote(trace.context.traceparent()));
  if (!trace.tracestate.empty()) text = protocol::with_meta(text, kState, json_quote(trace.tracestate));
  return text;
}

http::Headers trace_headers(const CallTrace& trace) {
  http::Headers headers;
  headers.add(std::string(kParent), trace.context.traceparent());
  if (!trace.tracestate.empty()) headers.add(std::string(kState), trace.tracestate);
  return headers;
}

}  // namespace mcp::gateway
