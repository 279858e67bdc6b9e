#pragma once

#include <cstdint>

#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

inline constexpr int kLandlockTcp = 4;     // the ABI that has rules for TCP
inline constexpr int kLandlockScopes = 6;  // … that keeps abstract Unix sockets and signals in

// The ABI of this kernel; 0: no Landlock.
int landlock_abi();

// Restricts this process and its children to what its view says, a second time beside the mounts: reading and
// executing what is shown, writing what is writable, no device nodes; for Network::kNone no TCP but
// connections to the ports of its listeners (ABI 4); no abstract Unix socket and no signal that leaves (ABI
// 6). Runs inside the view, after no_new_privs. False with errno.
bool restrict_self(int abi, const Jail& jail);

}  // namespace mcp::sandbox
