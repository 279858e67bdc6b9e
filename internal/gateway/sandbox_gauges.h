#pragma once

#include <map>
#include <set>
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
  // 1 for each of these, 0 for those that stood at 1 before.
  void refresh_degraded(const std::string& server, std::set<std::string> missing);
  void refresh_counts(const std::string& server, const runtime::ServerCounts& counts);
  void advance(const char* name, const char* help, const telemetry::Labels& labels, double total);

  telemetry::Registry& registry_;
  std::map<std::string, telemetry::Labels> shown_;        // the series that stands at 1, by server
  std::map<std::string, std::set<std::string>> missing_;  // protections whose series does, by server
};

}  // namespace mcp::gateway
