#include "internal/telemetry/server_meter.h"

#include <algorithm>

namespace mcp::telemetry {

std::string_view to_string(CallEnd end) {
  switch (end) {
    case CallEnd::kOk: return "ok";
    case CallEnd::kIsError: return "isError";
    case CallEnd::kRpcError: return "rpc_error";
    case CallEnd::kTransport: return "transport";
    case CallEnd::kCancelled: return "cancelled";
    case CallEnd::kRefused: return "refused";
  }
  return "ok";
}

ServerMeter::ServerMeter(Registry& registry, std::string server, std::span<const std::string_view> methods)
    : registry_(registry),
      server_(std::move(server)),
      methods_(methods),
      requests_(methods.size()),
      seconds_(registry.histogram("mcp_request_duration_seconds", "Time from a request to its answer.",
                                  {{"server", server_}}, duration_bounds())),
      bytes_in_(registry.counter("mcp_request_bytes_total", "Bytes of requests.", {{"server", server_}})),
      bytes_out_(registry.counter("mcp_response_bytes_total", "Bytes of results.", {{"server", server_}})),
      starts_total_(registry.counter("mcp_server_starts_total",
                                     "Instances and connections of a server that were started.",
                                     {{"server", server_}})),
      restarts_total_(registry.counter("mcp_server_restarts_total",
                                       "Those among them that came after an earlier one.",
                                       {{"server", server_}})) {
  for (std::size_t method = 0; method < methods_.size(); ++method) requests(method, CallEnd::kTransport);
}

Counter& ServerMeter::requests(std::size_t method, CallEnd end) {
  Counter& series = requests_[method][static_cast<std::size_t>(end)];
  if (!series) {
    series = registry_.counter("mcp_requests_total", "Requests that were answered, by how they ended.",
                               {{"server", server_},
                                {"method", std::string(methods_[method])},
                                {"outcome", std::string(to_string(end))}});
  }
  return series;
}

void ServerMeter::count(const CallCount& call) {
  requests(std::min(call.method, methods_.size() - 1), call.end).add();
  if (call.seconds) seconds_.observe(*call.seconds);
  bytes_in_.add(static_cast<double>(call.bytes_in));
  bytes_out_.add(static_cast<double>(call.bytes_out));
  ++calls_;
  if (call.end != CallEnd::kOk && call.end != CallEnd::kCancelled) ++errors_;
}

void ServerMeter::started(bool again) {
  starts_total_.add();
  ++starts_;
  if (!again) return;
  restarts_total_.add();
  ++restarts_;
}

}  // namespace mcp::telemetry
