#pragma once

#include <functional>
#include <memory>

#include "internal/gateway/gateway.h"
#include "internal/gateway/sandbox_gauges.h"
#include "internal/http/client.h"
#include "internal/http/server.h"

namespace mcp::gateway {

// What the gateway cannot see by itself. Any may be null.
struct GaugeSources {
  std::function<http::PoolCounts()> upstream_pool{};
  std::function<std::size_t()> connections{};  // of clients
  std::function<http::ServerStats()> server{};
  std::function<std::size_t()> unsent{};    // bytes that clients have not taken yet
  std::function<std::size_t()> buffered{};  // with the bodies that they have not sent whole
};

// Metrics that are read off, whenever somebody asks for the text, rather than kept.
class Gauges {
 public:
  Gauges(Env& env, std::shared_ptr<Gateway> gateway, GaugeSources sources);

  void refresh();

 private:
  void refresh_servers();
  void refresh_sockets();
  void count_refused(const char* limit, std::uint64_t total);
  void refresh_spans();
  void refresh_process();
  telemetry::Registry& registry() { return gateway_->account()->registry(); }

  Env& env_;
  std::shared_ptr<Gateway> gateway_;
  GaugeSources sources_;
  SandboxGauges sandboxes_;
  telemetry::Counter spans_exported_;
  telemetry::Counter spans_dropped_;
  telemetry::Counter bytes_in_;
  telemetry::Counter bytes_out_;
  telemetry::Counter cpu_;
};

}  // namespace mcp::gateway
