#include "internal/sandbox/workshop.h"

#include "internal/sandbox/seccomp.h"

namespace mcp::sandbox {

const Host& Workshop::host() {
  if (!host_) host_ = look_at_host();
  return *host_;
}

Result<Plan> Workshop::plan(const Policy& policy, const Command& command) {
  MCP_ASSIGN(Filter compiled, filter(policy.profile));
  MCP_ASSIGN(Plan plan, make_plan(policy, command, host(), compiled));
  look_at_owners(plan);
  MCP_TRY(check_required(plan));
  return plan;
}

void Workshop::look_at_owners(Plan& plan) {
  if (!plan.jail.root) return;
  std::string without;
  for (const Item& item : plan.jail.view) {
    if (item.own && !owners_.work(item.source)) without += (without.empty() ? "" : ", ") + item.target;
  }
  if (without.empty()) return;
  plan.evidence.degraded.push_back(
      {"ownership", "the file system has no ID-mapped mounts: " + without +
                        " can be read and written only as far as everybody may"});
}

Result<Filter> Workshop::filter(const std::string& profile) {
  auto known = filters_.find(profile);
  if (known != filters_.end()) return known->second;
  MCP_ASSIGN(Profile rules, load_profile(profile));
  MCP_ASSIGN(std::string instructions, compile_filter(rules));
  Filter made{profile, rules.hash, std::move(instructions)};
  filters_[profile] = made;
  return made;
}

}  // namespace mcp::sandbox
