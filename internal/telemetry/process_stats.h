#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "internal/base/env.h"

namespace mcp::telemetry {

// What the kernel says of one process (/proc). nullopt: it is gone.
struct ProcessStats {
  std::size_t resident_bytes = 0;
  double cpu_seconds = 0;
};
std::optional<ProcessStats> process_stats(Env& env, pid_t pid);

// Resident memory of a process and everything that it started, in bytes; 0 when it is gone. Pages that
// several of them share are counted for each.
std::size_t resident_bytes_of_tree(Env& env, pid_t pid);

}  // namespace mcp::telemetry
