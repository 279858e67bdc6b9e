#pragma once

#include <map>
#include <string>

#include "internal/gateway/gateway.h"
#include "internal/telemetry/metrics.h"

namespace mcp::gateway {

// The metrics of how servers are shut in, what their limits did, and what they reach. Read off, as those of
// Gauges.
class SandboxGauges {
 public:
  explicit SandboxGauges(telemetry::Registry& registry) : registry_(registry) {}

  void refresh(const Gateway& gateway);

 private:
  void refresh_evidence(const ServerStatus& status);
  void refresh_counts(const std::string& server, const runtime::ServerCounts& counts);
  void advance(const char* name, const char* help, const telemetry::Labels& labels, double total);

  telemetry::Registry& registry_;
  std::map<std::string, telemetry::Labels> shown_;  // the series that stands at 1, by server
};

}  // namespace mcp::gateway
