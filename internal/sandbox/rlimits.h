#pragma once

#include <vector>

#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// The resource limits for a policy. `counted_by_user`: its processes can be counted by user, without a
// control group (Host::counts_by_user).
std::vector<Rlimit> rlimits_for(const Limits& limits, bool counted_by_user);

// A hard limit that is already lower stays. False with errno.
bool set_rlimits(const std::vector<Rlimit>& limits);

}  // namespace mcp::sandbox
