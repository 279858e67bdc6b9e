#pragma once

#include <vector>

#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// The resource limits for a policy. `private_user`: nobody else is this user, so that its processes can be
// counted by user where there is no control group.
std::vector<Rlimit> rlimits_for(const Limits& limits, bool private_user);

// A hard limit that is already lower stays. False with errno.
bool set_rlimits(const std::vector<Rlimit>& limits);

}  // namespace mcp::sandbox
