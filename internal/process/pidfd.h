#pragma once

#include <sys/syscall.h>
#include <unistd.h>

namespace mcp::process {

// Readable once the process has ended; -1 with errno. glibc 2.36 declares pidfd_open() without C linkage.
inline int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace mcp::process
