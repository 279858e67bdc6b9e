#include "internal/sandbox/plan.h"

#include <sched.h>

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/sandbox/egress.h"
#include "internal/sandbox/rlimits.h"

namespace mcp::sandbox {
namespace {

// Inside a root gateway's sandbox; an ordinary user stays who he is.
constexpr std::uint32_t kInsideUser = 1000;

void look_for_gaps(Plan& plan, const Host& host) {
  auto gap = [&plan](const char* protection, std::string why) {
    plan.evidence.degraded.push_back({protection, std::move(why)});
  };
  if (!host.proc) gap("proc", "no /proc of its own, so none at all: " + host.proc_error);
  if (host.landlock == 0) gap("landlock", "this kernel has no Landlock; the mounts alone restrict files");
  if (!host.seccomp) gap("seccomp", "this kernel cannot filter system calls");
  const Limits& limits = plan.policy.limits;
  const char* none = "no control group can be made here";
  if (limits.memory != 0 && host.cgroups.memory.empty())
    gap("memory", std::string(none) + ": memory is not limited");
  if (limits.cpu_percent != 0 && host.cgroups.cpu.empty())
    gap("cpu", std::string(none) + ": cpu is not limited");
  // Root's programs have a user of their own each, whose processes are counted.
  if (host.cgroups.pids.empty() && !host.as_root)
    gap("pids", std::string(none) + ": processes are not counted");
}

Result<void> check_required(const Plan& plan) {
  for (const auto& gap : plan.evidence.degraded) {
    const auto& required = plan.policy.require;
    if (std::find(required.begin(), required.end(), gap.protection) == required.end()) continue;
    return fail(ErrorCode::kUnsupported,
                "sandbox: required protection " + json_quote(gap.protection) + " is missing: " + gap.why,
                "take it out of require, or run where it is there");
  }
  return {};
}

Result<void> check_sources(const std::vector<Item>& view) {
  for (const Item& item : view) {
    if (!item.source.empty()) continue;
    return fail(ErrorCode::kNotFound, "sandbox: " + json_quote(item.target) + " is not there",
                "create it, or take it out of read and write");
  }
  return {};
}

std::vector<std::string> names_of(Network network) {
  std::vector<std::string> names = {"user", "mount", "pid", "ipc", "uts", "cgroup"};
  if (network != Network::kHost) names.insert(names.begin() + 3, "net");
  return names;
}

// A command's own directory does not take rights away from what the policy says about the same path.
void append_new(std::vector<Item>& view, const std::vector<Item>& more) {
  for (const Item& item : more) {
    bool there =
        std::any_of(view.begin(), view.end(), [&item](const Item& one) { return one.target == item.target; });
    if (!there) view.push_back(item);
  }
}

}  // namespace

std::uint64_t namespaces_for(Network network, bool as_root) {
  std::uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (network != Network::kHost) flags |= CLONE_NEWNET;
  if (!as_root) flags |= CLONE_NEWUSER;
  return flags;
}

Result<Plan> make_plan(const Policy& policy, const Command& command, const Host& host, const Filter& filter) {
  if (!host.namespaces) {
    return fail(ErrorCode::kUnsupported, "sandbox: no namespaces here: " + host.namespaces_error,
                "allow user namespaces (sysctl user.max_user_namespaces), or set profile = \"none\"");
  }
  Plan plan;
  plan.policy = policy;
  plan.evidence = {policy.profile, filter.hash,  names_of(policy.network),
                   host.landlock,  host.seccomp, std::string(host.cgroups.kind()),
                   policy.network, {},           {}};
  for (const std::string& allowed : policy.allow) plan.evidence.hosts.push_back({allowed, {}});
  look_for_gaps(plan, host);
  MCP_TRY(check_required(plan));
  Jail& jail = plan.jail;
  jail.root = host.as_root;
  jail.uid = host.as_root ? kInsideUser : host.uid;
  jail.gid = host.as_root ? kInsideUser : host.gid;
  jail.namespaces = namespaces_for(policy.network, host.as_root);
  jail.network = policy.network;
  jail.listeners = listeners_for(policy.allow);
  jail.hostname = "sandbox";
  std::vector<Item> shown = policy_view(policy, host.as_root);
  append_new(shown, command_view(command, host.as_root));
  MCP_TRY(check_sources(shown));
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Item& a, const Item& b) { return a.target < b.target; });
  jail.view = common_view(policy, host, jail.uid, jail.gid);
  jail.view.insert(jail.view.end(), shown.begin(), shown.end());
  jail.rlimits = rlimits_for(policy.limits, host.as_root);
  jail.groups = groups_for(host.cgroups, policy.limits, host.as_root);
  jail.landlock = host.landlock;
  if (host.seccomp) jail.filter = filter.instructions;
  jail.wall_ms = policy.limits.wall.count();
  return plan;
}

std::map<std::string, std::string> inner_environment(const std::string& path,
                                                     const std::map<std::string, std::string>& extra) {
  std::map<std::string, std::string> out = extra;
  out.insert({{"HOME", "/tmp"},
              {"LANG", "C.UTF-8"},
              {"LOGNAME", "mcp"},
              {"PATH", path},
              {"TMPDIR", "/tmp"},
              {"USER", "mcp"}});
  return out;
}

}  // namespace mcp::sandbox
