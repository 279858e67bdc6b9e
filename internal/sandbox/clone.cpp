#include "internal/sandbox/clone.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace mcp::sandbox {

// The older call: engines in whose containers we may run answer clone3 with ENOSYS.
pid_t clone_process(std::uint64_t flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

pid_t fork_process() { return ::fork(); }

}  // namespace mcp::sandbox
