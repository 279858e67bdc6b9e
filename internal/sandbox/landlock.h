#pragma once

#include <cstdint>
#include <vector>

#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// The ABI of this kernel; 0: no Landlock.
int landlock_abi();

// Restricts this process and its children to what `view` says, a second time beside the mounts: reading and
// executing what is shown, writing what is writable, no device nodes; no TCP at all for Network::kNone (ABI
// 4); no abstract Unix socket and no signal that leaves (ABI 6). Runs inside the view, after no_new_privs.
// False with errno.
bool restrict_self(int abi, const std::vector<Item>& view, Network network);

}  // namespace mcp::sandbox
