#include "internal/gateway/gauges.h"

#include <unistd.h>

#include <string>

#include "internal/gateway/census.h"
#include "internal/telemetry/process_stats.h"

namespace mcp::gateway {
namespace {

constexpr Link::State kStates[] = {Link::State::kIdle,    Link::State::kStarting,  Link::State::kReady,
                                   Link::State::kWaiting, Link::State::kNeedsAuth, Link::State::kUnsupported,
                                   Link::State::kStopped};

constexpr const char* kSocketBytes =
    "Bytes of HTTP that came from clients and went to them; over TLS without what TLS adds.";

// A counter that is kept elsewhere.
void advance(const telemetry::Counter& counter, double total) {
  double more = total - counter.value();
  if (more > 0) counter.add(more);
}

}  // namespace

Gauges::Gauges(Env& env, std::shared_ptr<Gateway> gateway, GaugeSources sources)
    : env_(env),
      gateway_(std::move(gateway)),
      sources_(std::move(sources)),
      sandboxes_(registry()),
      spans_exported_(registry().counter("mcp_spans_exported_total", "Spans that the collector took.")),
      spans_dropped_(registry().counter("mcp_spans_dropped_total",
                                        "Spans given up: the queue was full, or the collector away.")),
      bytes_in_(registry().counter("mcp_socket_bytes_total", kSocketBytes, {{"direction", "in"}})),
      bytes_out_(registry().counter("mcp_socket_bytes_total", kSocketBytes, {{"direction", "out"}})),
      cpu_(registry().counter("process_cpu_seconds_total", "Time on a processor, servers excluded.")) {
  registry()
      .gauge("process_start_time_seconds", "When the process started, since 1970.")
      .set(static_cast<double>(env_.wall_clock_ms()) / 1e3);
}

void Gauges::refresh() {
  refresh_servers();
  sandboxes_.refresh(*gateway_);
  refresh_sockets();
  refresh_spans();
  refresh_process();
  auto queue = [this](const char* name, std::size_t length) {
    registry()
        .gauge("mcp_queue_length", "What waits, by queue.", {{"queue", name}})
        .set(static_cast<double>(length));
  };
  queue("continuations", gateway_->continuations().size());
  if (sources_.upstream_pool) {
    http::PoolCounts pool = sources_.upstream_pool();
    queue("upstream_connections", pool.waiting);
    auto connections = [this](const char* state, std::size_t count) {
      registry()
          .gauge("mcp_upstream_connections", "Connections to remote servers.", {{"state", state}})
          .set(static_cast<double>(count));
    };
    connections("idle", pool.idle);
    connections("busy", pool.open - pool.idle);
    count_refused("upstream_connections", pool.refused);
  }
  if (sources_.unsent) {
    registry()
        .gauge("mcp_unsent_bytes", "Answers and events that clients have not taken yet.")
        .set(static_cast<double>(sources_.unsent()));
  }
  if (sources_.buffered) {
    registry()
        .gauge("mcp_buffered_bytes", "Bodies that are being read and what is not sent yet: max_buffered.")
        .set(static_cast<double>(sources_.buffered()));
  }
  if (sources_.connections) {
    registry()
        .gauge("mcp_connections", "Open connections of clients.")
        .set(static_cast<double>(sources_.connections()));
  }
}

// Every server that ever was has its series; those that are gone stand at 0.
void Gauges::refresh_servers() {
  std::map<std::string, ServerCensus> present;
  for (ServerCensus& one : take_census(*gateway_)) present[one.name] = std::move(one);
  for (const auto& [name, meter] : gateway_->account()->meters()) {
    if (name == Account::kNobody) continue;
    ServerCensus& census = present[name];
    for (Link::State state : kStates) {
      registry()
          .gauge("mcp_links", "Connections to servers and instances of them, by state.",
                 {{"server", name}, {"state", std::string(to_string(state))}})
          .set(static_cast<double>(census.links[state]));
    }
    registry()
        .gauge("mcp_children", "Processes of servers, their own children excluded.", {{"server", name}})
        .set(static_cast<double>(census.children.size()));
    registry()
        .gauge("mcp_calls_running", "Calls that their server has not answered yet.", {{"server", name}})
        .set(static_cast<double>(census.running));
    registry()
        .gauge("mcp_calls_waiting", "Calls that wait because their server has max_in_flight.",
               {{"server", name}})
        .set(static_cast<double>(census.waiting));
  }
}

// Of a counter that is kept elsewhere.
void Gauges::count_refused(const char* limit, std::uint64_t total) {
  advance(gateway_->account()->refusal(limit), static_cast<double>(total));
}

// What connections refuse without asking anybody is counted there.
void Gauges::refresh_sockets() {
  if (!sources_.server) return;
  http::ServerStats stats = sources_.server();
  count_refused("max_stream_queue", stats.overfull);
  count_refused("min_write_rate", stats.cut);
  advance(bytes_in_, static_cast<double>(stats.bytes_in));
  advance(bytes_out_, static_cast<double>(stats.bytes_out));
}

void Gauges::refresh_spans() {
  const auto& exporter = gateway_->account()->tracing().exporter();
  if (!exporter) return;
  advance(spans_exported_, static_cast<double>(exporter->exported()));
  advance(spans_dropped_, static_cast<double>(exporter->dropped()));
  registry()
      .gauge("mcp_queue_length", "What waits, by queue.", {{"queue", "spans"}})
      .set(static_cast<double>(exporter->waiting()));
}

void Gauges::refresh_process() {
  auto stats = telemetry::process_stats(env_, ::getpid());
  if (!stats) return;
  registry()
      .gauge("process_resident_memory_bytes", "Resident memory, servers excluded.")
      .set(static_cast<double>(stats->resident_bytes));
  advance(cpu_, stats->cpu_seconds);
}

}  // namespace mcp::gateway
