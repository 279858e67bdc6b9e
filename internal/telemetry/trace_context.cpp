#include "internal/telemetry/trace_context.h"

#include <algorithm>

namespace mcp::telemetry {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kLength = 55;  // of version 00

bool is_lower_hex(std::string_view text) { return text.find_first_not_of(kDigits) == std::string_view::npos; }

bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

// An id of zeros only is invalid (Trace Context §3.2.2.3): drawn again.
std::string random_hex(Env& env, std::size_t digits) {
  std::string text;
  while (!is_id(text)) {
    text.clear();
    for (unsigned char byte : env.random_bytes(digits / 2)) {
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

}  // namespace

std::string TraceContext::traceparent() const {
  return "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00");
}

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::string_view version = text.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return std::nullopt;
  bool longer = text.size() > kLength;
  if (longer && (version == "00" || text[kLength] != '-')) return std::nullopt;
  std::string_view trace = text.substr(3, kTraceDigits);
  std::string_view span = text.substr(36, kSpanDigits);
  std::string_view flags = text.substr(53, 2);
  if (!is_id(trace) || !is_id(span) || !is_lower_hex(flags)) return std::nullopt;
  bool sampled = (kDigits.find(flags[1]) & 1) != 0;
  return TraceContext{std::string(trace), std::string(span), sampled};
}

TraceContext new_trace(Env& env, bool sampled) {
  return {random_hex(env, kTraceDigits), random_hex(env, kSpanDigits), sampled};
}

TraceContext new_child(Env& env, const TraceContext& parent) {
  return {parent.trace_id, random_hex(env, kSpanDigits), parent.sampled};
}

}  // namespace mcp::telemetry
