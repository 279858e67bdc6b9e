#include "internal/gateway/sandbox_gauges.h"

#include "internal/sandbox/explain.h"

namespace mcp::gateway {
namespace {

constexpr std::size_t kHashDigits = 12;
constexpr const char* kInfo = "mcp_server_sandbox_info";
constexpr const char* kInfoHelp = "1, with what the server's latest instance is shut in.";

constexpr const char* kDegraded = "mcp_server_sandbox_degraded";
constexpr const char* kDegradedHelp =
    "1 for each protection that its policy asks for and this machine does not give.";

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

telemetry::Labels labels_of(const ServerStatus& status) {
  const sandbox::Evidence& evidence = status.sandbox;
  bool none = evidence.profile == "none";
  return {{"server", status.name},
          {"profile", evidence.profile},
          {"profile_hash", evidence.profile_hash.substr(0, kHashDigits)},
          {"namespaces", joined(evidence.namespaces)},
          {"seccomp", none               ? ""
                      : evidence.seccomp ? "true"
                                         : "false"},
          {"landlock", none ? "" : std::to_string(evidence.landlock)},
          {"cgroups", evidence.cgroups},
          {"network", none ? "" : std::string(to_string(evidence.network))}};
}

}  // namespace

void SandboxGauges::refresh(const Gateway& gateway) {
  auto gone = shown_;
  for (const ServerStatus& status : gateway.statuses()) {
    gone.erase(status.name);
    if (!status.sandbox.profile.empty()) refresh_evidence(status);
    if (const runtime::ServerCounts* counts = gateway.counts(status.name))
      refresh_counts(status.name, *counts);
  }
  for (const auto& [server, labels] : gone) {
    registry_.gauge(kInfo, kInfoHelp, labels).set(0);
    shown_.erase(server);
    refresh_degraded(server, {});
  }
}

void SandboxGauges::refresh_evidence(const ServerStatus& status) {
  telemetry::Labels now = labels_of(status);
  telemetry::Labels& shown = shown_[status.name];
  if (!shown.empty() && shown != now) registry_.gauge(kInfo, kInfoHelp, shown).set(0);
  registry_.gauge(kInfo, kInfoHelp, now).set(1);
  shown = std::move(now);
  std::set<std::string> missing;
  for (const auto& gap : status.sandbox.degraded) missing.insert(gap.protection);
  refresh_degraded(status.name, std::move(missing));
}

void SandboxGauges::refresh_degraded(const std::string& server, std::set<std::string> missing) {
  auto set = [&](const std::string& protection, double value) {
    registry_.gauge(kDegraded, kDegradedHelp, {{"server", server}, {"protection", protection}}).set(value);
  };
  std::set<std::string>& shown = missing_[server];
  for (const std::string& one : shown) {
    if (!missing.contains(one)) set(one, 0);
  }
  for (const std::string& one : missing) set(one, 1);
  shown = std::move(missing);
}

void SandboxGauges::refresh_counts(const std::string& server, const runtime::ServerCounts& counts) {
  auto ended = [&](const char* limit, std::uint64_t total) {
    advance("mcp_server_ended_by_limit_total", "Instances that a limit of their policy ended.",
            {{"server", server}, {"limit", limit}}, static_cast<double>(total));
  };
  ended("memory", counts.ended.memory);
  ended("pids", counts.ended.pids);
  ended("wall", counts.ended.wall);
  ended("output", counts.ended.output);
  advance("mcp_server_output_held_seconds_total",
          "Time in which its output was not read, so that it stays within output.", {{"server", server}},
          counts.output_held_seconds);
  advance("mcp_server_stderr_held_seconds_total",
          "Time in which its standard error was not read, because it flooded it.", {{"server", server}},
          counts.stderr_held_seconds);
  const auto& egress = counts.egress;
  auto connections = [&](const char* outcome, std::uint64_t total) {
    advance("mcp_egress_connections_total", "Connections to the hosts of allow.",
            {{"server", server}, {"outcome", outcome}}, static_cast<double>(total));
  };
  connections("carried", egress.carried);
  connections("over_limit", egress.over_limit);
  connections("unreached", egress.unreached);
  connections("idle", egress.idle);
  auto bytes = [&](const char* direction, std::uint64_t total) {
    advance("mcp_egress_bytes_total",
            "Bytes carried to and from the hosts of allow, counted when a connection ends.",
            {{"server", server}, {"direction", direction}}, static_cast<double>(total));
  };
  bytes("out", egress.bytes_out);
  bytes("in", egress.bytes_in);
  if (egress.carried + egress.open + egress.over_limit + egress.unreached > 0) {
    registry_
        .gauge("mcp_egress_connections", "Connections to the hosts of allow at this moment.",
               {{"server", server}})
        .set(static_cast<double>(egress.open));
  }
}

// The series begins when it first counts: most servers never meet a limit.
void SandboxGauges::advance(const char* name, const char* help, const telemetry::Labels& labels,
                            double total) {
  if (total <= 0) return;
  telemetry::Counter counter = registry_.counter(name, help, labels);
  if (total > counter.value()) counter.add(total - counter.value());
}

}  // namespace mcp::gateway
