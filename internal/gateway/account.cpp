#include "internal/gateway/account.h"

#include <algorithm>

#include "internal/gateway/call_end.h"
#include "internal/json/scan.h"

namespace mcp::gateway {
namespace {

using telemetry::CallEnd;
using Clock = std::chrono::steady_clock;

// The last columns of docs/limits.md.
constexpr std::string_view kLimits[] = {"deadline",
                                        "max_batch",
                                        "max_body",
                                        "max_buffered",
                                        "max_children",
                                        "max_connections",
                                        "max_continuations",
                                        "max_continuations_per_principal",
                                        "max_depth",
                                        "max_header",
                                        "max_in_flight",
                                        "max_in_flight_per_client",
                                        "max_listens",
                                        "max_listens_per_principal",
                                        "max_modern_requests",
                                        "max_questions",
                                        "max_queue",
                                        "max_result_bytes",
                                        "max_sessions",
                                        "max_sessions_per_principal",
                                        "max_stream_queue",
                                        "max_subscriptions",
                                        "max_tasks",
                                        "min_write_rate",
                                        "replay_events",
                                        "upstream_connections"};

// A longer body is not read again only to tell what it asked for.
constexpr std::size_t kReadAgain = 64 << 10;

// They last as long as their client wants, or their task.
bool is_long_by_nature(std::string_view method) {
  return method == "subscriptions/listen" || method == "tasks/result";
}

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

CallLine line_of(server::Call& call, const protocol::Outcome& outcome, CallEnd end) {
  const server::CallNote& note = call.note();
  CallLine line;
  if (call.message().id) line.request = call.message().id->raw();
  line.session = call.session()->id();
  line.principal = call.session()->principal();
  if (note.meter != nullptr) line.server = note.meter->server();
  line.method = call.method();
  line.name = call.name();
  line.uri = call.uri();
  if (note.trace) line.trace = note.trace->context.trace_id;
  line.end = end;
  line.bytes_in = call.message().bytes.size();
  line.bytes_out = outcome.ok() ? outcome.raw().size() : 0;
  return line;
}

}  // namespace

Account::Account(async::Loop& loop, Env& env, std::shared_ptr<telemetry::SpanExporter> exporter)
    : nobody_(meter(kNobody)), tracing_(env, std::move(exporter)), log_(loop) {
  for (std::string_view limit : kLimits) refusal(limit);
}

std::span<const std::string_view> Account::limits() { return kLimits; }

void Account::configure(const AccountSettings& settings) {
  logs_ = settings.access_log;
  slow_.limit(settings.slow_call);
}

telemetry::ServerMeter& Account::meter(const std::string& server) {
  auto& found = meters_[server];
  if (!found) found = std::make_unique<telemetry::ServerMeter>(registry_, server, counted_methods());
  return *found;
}

Account::Sessions& Account::sessions_of(const server::Session& session) {
  std::string_view era = protocol::to_string(session.client().era());
  for (Sessions& known : sessions_) {
    if (known.era == era && known.transport == session.transport()) return known;
  }
  Sessions fresh{std::string(era), std::string(session.transport())};
  fresh.gauge = registry_.gauge("mcp_sessions", "Open sessions; of the modern era, running requests.",
                                {{"era", fresh.era}, {"transport", fresh.transport}});
  return sessions_.emplace_back(std::move(fresh));
}

void Account::opened(const server::Session& session) {
  Sessions& of = sessions_of(session);
  of.gauge.set(static_cast<double>(++of.open));
}

void Account::closed(const server::Session& session) {
  Sessions& of = sessions_of(session);
  if (of.open > 0) of.gauge.set(static_cast<double>(--of.open));
}

void Account::began(server::Call& call) {
  call.note().began = Clock::now();
  tracing_.begin(call);
}

void Account::ended(server::Call& call, const protocol::Outcome& outcome) {
  auto duration = Clock::now() - call.note().began;
  CallEnd end = call.cancelled() ? CallEnd::kCancelled : end_of(call.method(), outcome);
  telemetry::ServerMeter& meter = call.note().meter != nullptr ? *call.note().meter : nobody_;
  telemetry::CallCount count;
  count.method = counted_method(call.method());
  count.end = end;
  bool lasts = is_long_by_nature(call.method());
  if (!lasts) count.seconds = seconds(duration);
  count.bytes_in = call.message().bytes.size();
  count.bytes_out = outcome.ok() ? outcome.raw().size() : 0;
  meter.count(count);
  bool slow = !lasts && slow_.is_slow(duration);
  if (logs_ || slow) {
    CallLine line = line_of(call, outcome, end);
    line.duration = duration;
    if (logs_) log_.write(line);
    if (slow) slow_.warn(line);
  }
  tracing_.end(call, outcome, duration);
}

void Account::answered(const server::Session& session, const jsonrpc::Message& request,
                       const protocol::Outcome& outcome) {
  telemetry::CallCount count;
  count.method = counted_method(request.method);
  count.end = end_of(request.method, outcome);
  count.bytes_in = request.bytes.size();
  count.bytes_out = outcome.ok() ? outcome.raw().size() : 0;
  nobody_.count(count);
  if (!logs_) return;
  CallLine line;
  if (request.id) line.request = request.id->raw();
  line.session = session.id();
  line.principal = session.principal();
  line.method = request.method;
  line.end = count.end;
  line.bytes_in = count.bytes_in;
  line.bytes_out = count.bytes_out;
  log_.write(line);
}

void Account::turned_away(const Bytes& body, std::string_view principal, int status) {
  jsonrpc::Message asked;
  if (!body.empty() && body.size() <= kReadAgain) {
    if (auto message = jsonrpc::Message::parse(body)) asked = std::move(*message);
  }
  telemetry::CallCount count;
  count.method = counted_method(asked.method);
  count.end = CallEnd::kRefused;
  count.bytes_in = body.size();
  nobody_.count(count);
  if (!logs_) return;
  CallLine line;
  if (asked.id) line.request = asked.id->raw();
  line.principal = principal;
  line.method = asked.method;
  line.end = count.end;
  line.status = status;
  line.bytes_in = count.bytes_in;
  log_.write(line);
}

void Account::refused(std::string_view limit) { refusal(limit).add(); }

void Account::ended_by(std::string_view limit) {
  registry_
      .counter("mcp_ended_total", "What went on until a limit ended it.", {{"limit", std::string(limit)}})
      .add();
}

telemetry::Counter& Account::refusal(std::string_view limit) {
  auto found = refused_.find(limit);
  if (found == refused_.end()) {
    auto counter = registry_.counter("mcp_refused_total", "What was refused because of a limit.",
                                     {{"limit", std::string(limit)}});
    found = refused_.emplace(std::string(limit), counter).first;
  }
  return found->second;
}

}  // namespace mcp::gateway
