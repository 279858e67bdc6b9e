#pragma once

#include <map>
#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/sandbox/host.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/policy.h"
#include "internal/sandbox/view.h"

namespace mcp::sandbox {

// A protection that the policy asks for and this machine does not give.
struct Degraded {
  std::string protection;  // one of kProtections
  std::string why;

  friend bool operator==(const Degraded&, const Degraded&) = default;
};

// A host of `allow`, and where it is.
struct ReachedHost {
  std::string host;                    // with its port
  std::vector<std::string> addresses;  // empty: not known yet

  friend bool operator==(const ReachedHost&, const ReachedHost&) = default;
};

// What a program got, for logs and reports.
struct Evidence {
  std::string profile;
  std::string profile_hash;             // SHA-256 of the profile's file
  std::vector<std::string> namespaces;  // "user", "mount", …
  int landlock = 0;                     // ABI; 0: none
  bool seccomp = false;
  std::string cgroups;  // "v2", "v1", "none"
  Network network = Network::kNone;
  std::vector<ReachedHost> hosts;  // that it reaches in spite of that
  std::vector<Degraded> degraded;
  std::vector<Grant> grants;         // what of the machine it is shown beside the system's own
  std::vector<std::string> hidden;   // paths among its arguments that are there and not shown
  std::vector<Refusal> refused;      // paths that are not shown for where they lead
  std::vector<std::string> sockets;  // that are shown: whoever listens there can be spoken to

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// What one program gets here, decided before anything is started.
struct Plan {
  Policy policy;
  Evidence evidence;
  Jail jail;
};

// A compiled profile.
struct Filter {
  std::string profile;
  std::string hash;
  std::string instructions;
};

// The policy is valid (policy.h) and active. Looks at the paths that it names. Errors: kNotFound (a path or
// the command is not there), kUnsupported (no namespaces here, or a required protection is missing),
// kInvalid, kLimit (more paths are to be shown than kMaxPaths).
Result<Plan> make_plan(const Policy& policy, const Command& command, const Host& host, const Filter& filter);

// Errors: kUnsupported: what the policy requires is among what is missing.
Result<void> check_required(const Plan& plan);

// CLONE_NEW… for a program.
std::uint64_t namespaces_for(Network network);

// The environment of a program inside: HOME, LANG, LOGNAME, PATH (as given), TMPDIR, USER, with `extra` laid
// over.
std::map<std::string, std::string> inner_environment(const std::string& path,
                                                     const std::map<std::string, std::string>& extra);

}  // namespace mcp::sandbox
