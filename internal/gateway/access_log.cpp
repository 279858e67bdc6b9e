#include "internal/gateway/access_log.h"

#include <cstdio>
#include <vector>

#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/gateway/client_text.h"

namespace mcp::gateway {
namespace {

std::string milliseconds(std::chrono::nanoseconds duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(duration.count()) / 1e6);
  return text;
}

std::vector<log::Field> fields_of(const CallLine& call) {
  std::vector<log::Field> fields;
  auto add = [&fields](std::string_view key, std::string_view value) {
    if (!value.empty()) fields.emplace_back(key, shortened(value));
  };
  add("request", call.request);
  add("session", call.session);
  add("principal", call.principal);
  add("server", call.server);
  add("method", call.method);
  add("name", call.name);
  add("uri", call.uri);
  add("outcome", telemetry::to_string(call.end));
  if (call.status != 0) fields.emplace_back("status", call.status);
  if (call.duration) fields.emplace_back("ms", milliseconds(*call.duration));
  fields.emplace_back("bytes_in", call.bytes_in);
  fields.emplace_back("bytes_out", call.bytes_out);
  add("trace", call.trace);
  return fields;
}

}  // namespace

void AccessLog::write(const CallLine& call) {
  if (!log::enabled(log::Level::kInfo)) return;
  log::hold(log::line(log::Level::kInfo, "call", fields_of(call)));
  if (log::held() >= kFlushBytes) return flush();
  if (!timer_.armed()) timer_.start(kDelay, [this] { flush(); });
}

void AccessLog::flush() {
  timer_.cancel();
  log::write_held();
}

void SlowCalls::warn(const CallLine& call, Clock::time_point now) {
  if (!log::enabled(log::Level::kWarn) || !budget_.take(now)) return;
  auto fields = fields_of(call);
  // Those of the seconds before, for which there was no line.
  if (std::size_t unsaid = budget_.take_dropped(); unsaid > 0) fields.emplace_back("more", unsaid);
  log::hold(log::line(log::Level::kWarn, "slow call", fields));
  log::write_held();
}

}  // namespace mcp::gateway
