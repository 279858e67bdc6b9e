#include "internal/sandbox/plan.h"

#include <sched.h>

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/sandbox/egress.h"
#include "internal/sandbox/landlock.h"
#include "internal/sandbox/paths.h"
#include "internal/sandbox/rlimits.h"
#include "internal/sandbox/sockets.h"

namespace mcp::sandbox {
namespace {

// Inside a root gateway's sandbox; an ordinary user stays who he is.
constexpr std::uint32_t kInsideUser = 1000;

// What an older Landlock lacks of what landlock.cpp does for this policy.
void look_for_landlock_gaps(Plan& plan, int abi) {
  auto gap = [&plan, abi](const std::string& what) {
    plan.evidence.degraded.push_back(
        {"landlock", "this kernel's Landlock (ABI " + std::to_string(abi) + ") " + what});
  };
  Network network = plan.policy.network;
  if (abi < kLandlockTcp && network == Network::kNone)
    gap("has no rules for TCP; the network namespace alone restricts it");
  // Otherwise they are those of its own network namespace.
  if (abi < kLandlockScopes && network == Network::kHost)
    gap("cannot keep it from the machine's abstract sockets, which network = \"host\" shows it; the pid "
        "namespace alone keeps its signals in");
}

void look_for_gaps(Plan& plan, const Host& host) {
  auto gap = [&plan](const char* protection, std::string why) {
    plan.evidence.degraded.push_back({protection, std::move(why)});
  };
  if (!host.proc) gap("proc", "no /proc of its own, so none at all: " + host.proc_error);
  if (host.landlock == 0) gap("landlock", "this kernel has no Landlock; the mounts alone restrict files");
  if (host.landlock > 0) look_for_landlock_gaps(plan, host.landlock);
  if (!host.seccomp) gap("seccomp", "this kernel cannot filter system calls");
  const Limits& limits = plan.policy.limits;
  const char* none = "no control group can be made here";
  if (limits.memory != 0 && host.cgroups.memory.empty())
    gap("memory", std::string(none) + ": memory is not limited");
  if (limits.cpu_percent != 0 && host.cgroups.cpu.empty())
    gap("cpu", std::string(none) + ": cpu is not limited");
  if (host.open_files != 0 && limits.files > host.open_files)
    gap("files", "no more than " + std::to_string(host.open_files) +
                     " may be open here (ulimit -Hn): that is the limit");
  if (host.cgroups.pids.empty() && !host.counts_by_user)
    gap("pids", std::string(none) + ": processes are not counted");
}

}  // namespace

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

namespace {

std::vector<std::string> names_of(Network network) {
  std::vector<std::string> names = {"user", "mount", "pid", "ipc", "uts", "cgroup"};
  if (network != Network::kHost) names.insert(names.begin() + 3, "net");
  return names;
}

std::vector<Grant> policy_grants(const Policy& policy, const std::vector<Item>& view) {
  auto source_of = [&view](const std::string& path) {
    auto found =
        std::find_if(view.begin(), view.end(), [&path](const Item& item) { return item.target == path; });
    return found == view.end() ? std::string() : found->source;
  };
  std::vector<Grant> grants;
  for (const std::string& path : policy.read)
    grants.push_back({without_slash(path), false, "read", source_of(without_slash(path))});
  for (const std::string& path : policy.write)
    grants.push_back({without_slash(path), true, "write", source_of(without_slash(path))});
  return grants;
}

// What a program is shown unasked takes no rights away from what the policy says: nothing is laid over a path
// that it names, unless a program has to be executed in one that is only written.
bool is_covered(const Policy& policy, const Grant& grant) {
  auto above = [&grant](const std::string& path) { return is_below(grant.path, without_slash(path)); };
  auto named = [&grant](const std::string& path) { return grant.path == without_slash(path); };
  const auto& read = policy.read;
  const auto& write = policy.write;
  if (std::any_of(read.begin(), read.end(), above)) return true;
  if (grant.why == "argument") return std::any_of(write.begin(), write.end(), above);
  return std::any_of(write.begin(), write.end(), named);
}

// The paths that are shown: items for the jail, grants for whoever asks why.
Result<std::vector<Item>> shown_paths(const Policy& policy, const Command& command, bool own,
                                      Evidence& evidence) {
  Command asking = command;
  asking.written.insert(asking.written.end(), policy.write.begin(), policy.write.end());
  MCP_ASSIGN(std::vector<Item> shown, policy_view(policy, Written(asking.written), own));
  for (const Item& item : shown) asking.named.push_back(item.source);
  evidence.grants = policy_grants(policy, shown);
  auto [more, refused] = program_grants(asking);
  std::erase_if(more, [&policy](const Grant& grant) { return is_covered(policy, grant); });
  if (more.size() > kMaxPaths) {
    return fail(ErrorCode::kLimit,
                "sandbox: more than " + std::to_string(kMaxPaths) + " paths of the command are to be shown",
                "name a folder above them in read");
  }
  for (Item& item : grant_view(more, own)) shown.push_back(std::move(item));
  evidence.grants.insert(evidence.grants.end(), more.begin(), more.end());
  evidence.refused = std::move(refused);
  for (const Grant& grant : evidence.grants) {
    for (std::string& socket : sockets_at(grant.path)) evidence.sockets.push_back(std::move(socket));
  }
  put_in_order(shown);
  return shown;
}

// Arguments that are there outside and not inside, but for those that were refused.
std::vector<std::string> hidden_arguments(const std::vector<Item>& view, const std::vector<Refusal>& refused,
                                          const std::vector<std::string>& args) {
  std::vector<std::string> hidden;
  for (const std::string& arg : args) {
    std::string path = path_in_argument(arg);
    if (path.empty() || path == "/tmp" || !exists(path)) continue;
    std::string real = real_path(path);
    bool shown = std::any_of(view.begin(), view.end(), [&](const Item& item) {
      bool own = item.kind == Item::Kind::kTmpfs || (item.kind == Item::Kind::kLink && item.source == "/tmp");
      return !own && (is_below(path, item.target) || is_below(real, item.target));
    });
    bool told =
        std::any_of(refused.begin(), refused.end(), [&path](const Refusal& one) { return one.path == path; });
    if (!shown && !told) hidden.push_back(path);
  }
  return hidden;
}

}  // namespace

std::uint64_t namespaces_for(Network network) {
  std::uint64_t flags =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (network != Network::kHost) flags |= CLONE_NEWNET;
  return flags;
}

Result<Plan> make_plan(const Policy& policy, const Command& command, const Host& host, const Filter& filter) {
  if (!host.namespaces) {
    return fail(
        ErrorCode::kUnsupported, "sandbox: no namespaces here: " + host.namespaces_error,
        "allow user namespaces (sysctl user.max_user_namespaces, docs/sandbox.md); in a container, or "
        "where that cannot be, mcp serve --profile none starts commands with all your rights");
  }
  Plan plan;
  plan.policy = policy;
  plan.evidence.profile = policy.profile;
  plan.evidence.profile_hash = filter.hash;
  plan.evidence.namespaces = names_of(policy.network);
  plan.evidence.landlock = host.landlock;
  plan.evidence.seccomp = host.seccomp;
  plan.evidence.cgroups = host.cgroups.kind();
  plan.evidence.network = policy.network;
  for (const std::string& allowed : policy.allow) plan.evidence.hosts.push_back({allowed, {}});
  look_for_gaps(plan, host);
  MCP_TRY(check_required(plan));
  Jail& jail = plan.jail;
  jail.root = host.as_root;
  jail.uid = host.as_root ? kInsideUser : host.uid;
  jail.gid = host.as_root ? kInsideUser : host.gid;
  jail.namespaces = namespaces_for(policy.network);
  jail.network = policy.network;
  jail.listeners = listeners_for(policy.allow);
  jail.hostname = "sandbox";
  MCP_ASSIGN(auto shown, shown_paths(policy, command, host.as_root, plan.evidence));
  jail.view = common_view(policy, host, jail.uid, jail.gid);
  jail.view.insert(jail.view.end(), shown.begin(), shown.end());
  plan.evidence.hidden = hidden_arguments(jail.view, plan.evidence.refused, command.args);
  jail.rlimits = rlimits_for(policy.limits, host.counts_by_user);
  jail.groups = groups_for(host.cgroups, policy.limits, host.counts_by_user);
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
