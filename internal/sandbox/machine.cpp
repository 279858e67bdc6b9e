#include "internal/sandbox/machine.h"

#include <sys/resource.h>
#include <unistd.h>

namespace mcp::sandbox {

Machine look_at_machine() {
  Machine machine;
  long pages = ::sysconf(_SC_PHYS_PAGES);
  long size = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && size > 0)
    machine.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
  long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (processors > 0) machine.processors = static_cast<std::uint64_t>(processors);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max != RLIM_INFINITY)
    machine.open_files = files.rlim_max;
  return machine;
}

}  // namespace mcp::sandbox
