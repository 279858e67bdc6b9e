#include "internal/gateway/evidence.h"

#include <nlohmann/json.hpp>

#include "internal/sandbox/explain.h"

namespace mcp::gateway {

json::Value evidence_json(const sandbox::Evidence& evidence) {
  if (evidence.profile == "none") return {{"profile", "none"}};
  json::Value degraded = json::Value::array();
  for (const auto& gap : evidence.degraded)
    degraded.push_back({{"protection", gap.protection}, {"why", gap.why}});
  json::Value shown = json::Value::array();
  for (const auto& grant : evidence.grants)
    shown.push_back({{"path", grant.path}, {"write", grant.write}, {"why", grant.why}});
  json::Value hosts = json::Value::array();
  for (const auto& host : evidence.hosts)
    hosts.push_back({{"host", host.host}, {"addresses", host.addresses}});
  json::Value refused = json::Value::array();
  for (const auto& one : evidence.refused) refused.push_back({{"path", one.path}, {"why", one.why}});
  return {{"profile", evidence.profile},
          {"profile_hash", evidence.profile_hash},
          {"namespaces", evidence.namespaces},
          {"landlock", evidence.landlock},
          {"seccomp", evidence.seccomp},
          {"cgroups", evidence.cgroups},
          {"network", to_string(evidence.network)},
          {"hosts", std::move(hosts)},
          {"degraded", std::move(degraded)},
          {"shown", std::move(shown)},
          {"not_shown", evidence.hidden},
          {"refused", std::move(refused)},
          {"sockets", evidence.sockets}};
}

}  // namespace mcp::gateway
