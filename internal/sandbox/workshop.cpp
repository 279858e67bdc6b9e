#include "internal/sandbox/workshop.h"

#include "internal/sandbox/seccomp.h"

namespace mcp::sandbox {

const Host& Workshop::host() {
  if (!host_) host_ = look_at_host();
  return *host_;
}

Result<Plan> Workshop::plan(const Policy& policy, const Command& command) {
  MCP_ASSIGN(Filter compiled, filter(policy.profile));
  return make_plan(policy, command, host(), compiled);
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
