#pragma once

namespace mcp::process {

// The life of a helper process: a fork server without threads, state or event loop. Every request becomes a
// keeper with its leashed child, a detached child, or a brother of itself. It is the subreaper above all
// keepers: what a killed keeper leaves behind comes here and is killed. When `socket` is closed it kills
// everything below it and exits.
[[noreturn]] void run_helper(int socket);

}  // namespace mcp::process
