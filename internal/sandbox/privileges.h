#pragma once

namespace mcp::sandbox {

// Gives up every capability and every way to get one back: the bounding and ambient sets, the special
// treatment of uid 0 (securebits, locked), set-user-ID programs and file capabilities (no_new_privs). False
// with errno.
bool drop_privileges();

}  // namespace mcp::sandbox
