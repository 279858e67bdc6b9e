#pragma once

#include <cstdint>

namespace mcp::sandbox {

// What there is of what a policy may limit; 0: not known.
struct Machine {
  std::uint64_t memory = 0;      // bytes
  std::uint64_t processors = 0;  // that may be used
  std::uint64_t open_files = 0;  // of one process, at most (the hard RLIMIT_NOFILE)
};

Machine look_at_machine();

}  // namespace mcp::sandbox
