#include "internal/sandbox/explain.h"

#include <algorithm>

#include "internal/sandbox/machine.h"

namespace mcp::sandbox {
namespace {

void line(std::string& out, const std::string& label, const std::string& text) {
  out += "  " + label + std::string(label.size() < 12 ? 12 - label.size() : 1, ' ') + text + "\n";
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string_view kind_of(const Item& item) {
  switch (item.kind) {
    case Item::Kind::kTmpfs: return "private, empty at the start";
    case Item::Kind::kProc: return "its own processes alone";
    case Item::Kind::kFile: return "made for it";
    case Item::Kind::kLink: return "link";
    case Item::Kind::kDirectory: return "empty";
    case Item::Kind::kDevice: return "device";
    case Item::Kind::kBind: break;
  }
  if (item.writable) return item.executable ? "read, write, execute" : "read, write";
  return item.executable ? "read, execute" : "read";
}

bool is_policy_path(const Item& item) {
  return item.kind == Item::Kind::kBind && !item.target.starts_with("/etc/");
}

// " (argument)": why a path of the machine is there; nothing for the system's own.
std::string reason_of(const Evidence& evidence, const Item& item) {
  for (const Grant& grant : evidence.grants) {
    if (grant.path == item.target || grant.source == item.target) return " (" + grant.why + ")";
  }
  return "";
}

std::string network_text(const Policy& policy) {
  if (!policy.allow.empty())
    return policy.network == Network::kNone ? "these hosts alone"
                                            : "a loopback interface of its own, and these hosts";
  switch (policy.network) {
    case Network::kHost: return "the machine's, and so everything that it can reach";
    case Network::kPrivateLoopback: return "a loopback interface of its own, nothing else";
    case Network::kNone: break;
  }
  return "none";
}

std::string limits_text(const Plan& plan) {
  const Limits& limits = plan.policy.limits;
  std::string memory = limits.memory == 0 ? "no limit" : std::to_string(limits.memory >> 20) + " MiB";
  std::string cpu = limits.cpu_percent == 0 ? "no limit" : std::to_string(limits.cpu_percent) + "%";
  std::string pids = std::to_string(limits.pids == 0 ? kDefaultPids : limits.pids);
  std::uint64_t wanted = limits.files == 0 ? kDefaultFiles : limits.files;
  std::uint64_t most = look_at_machine().open_files;
  std::string files = std::to_string(most == 0 ? wanted : std::min(wanted, most));
  std::string wall =
      limits.wall.count() == 0 ? "no limit" : std::to_string(limits.wall.count() / 1000) + " s";
  std::uint64_t rate = limits.output == 0 ? kDefaultOutput : limits.output;
  return "memory " + memory + ", cpu " + cpu + ", processes " + pids + ", files " + files + ", time " + wall +
         ", output " + std::to_string(rate >> 10) + " KiB/s";
}

}  // namespace

std::string_view to_string(Network network) {
  switch (network) {
    case Network::kHost: return "host";
    case Network::kPrivateLoopback: return "private-loopback";
    case Network::kNone: break;
  }
  return "none";
}

std::string explain(const Plan& plan) {
  std::string out;
  const Evidence& evidence = plan.evidence;
  line(out, "profile", evidence.profile + " (sha256 " + evidence.profile_hash.substr(0, 12) + "…)");
  line(out, "namespaces", listed(evidence.namespaces));
  line(out, "user",
       plan.jail.root ? "uid " + std::to_string(plan.jail.uid) + " inside; outside a user that owns nothing"
                      : "uid " + std::to_string(plan.jail.uid) + ", yours, without any capability");
  line(out, "system calls", evidence.seccomp ? "those of the profile" : "all (not filtered here)");
  line(out, "Landlock", evidence.landlock > 0 ? "ABI " + std::to_string(evidence.landlock) : "none here");
  line(out, "network", network_text(plan.policy));
  line(out, "limits", limits_text(plan));
  line(out, "cgroups", evidence.cgroups);
  line(out, "paths", "");
  for (const Item& item : plan.jail.view) {
    bool shown = is_policy_path(item) || item.kind == Item::Kind::kTmpfs || item.kind == Item::Kind::kProc;
    if (shown) line(out, "", item.target + ": " + std::string(kind_of(item)) + reason_of(evidence, item));
  }
  line(out, "",
       "/etc: names of users and hosts, certificates, the loader's cache; /dev: null, zero, full, random");
  line(out, "", "everything else: not there");
  for (const std::string& path : evidence.hidden)
    line(out, "not shown", path + " (an argument): add it, or what is needed of it, to read or write");
  for (const Refusal& one : evidence.refused) line(out, "not shown", one.path + ": " + one.why);
  for (const std::string& path : evidence.sockets)
    line(out, "SOCKET", path + ": it can ask whoever listens there for whatever that does");
  for (const Degraded& gap : evidence.degraded) line(out, "DEGRADED", gap.protection + ": " + gap.why);
  if (evidence.degraded.empty()) line(out, "degraded", "nothing");
  return out;
}

}  // namespace mcp::sandbox
