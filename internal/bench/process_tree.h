#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mcp::bench {

// One process as /proc tells it.
struct ProcessFacts {
  pid_t pid = 0;
  pid_t parent = 0;
  std::int64_t cpu_ticks = 0;  // user and system, of all its threads
};
// The text of /proc/PID/stat, whose second word may hold blanks and brackets. pid is 0 when it cannot be
// read.
ProcessFacts parse_stat(std::string_view text);
// Those of `all` that descend from `root`, itself first.
std::vector<ProcessFacts> descendants(const std::vector<ProcessFacts>& all, pid_t root);

// What a share of a process tree holds.
struct Holding {
  int processes = 0;
  std::int64_t rss_bytes = 0;
  std::int64_t pss_bytes = 0;
  std::int64_t peak_rss_bytes = 0;  // since the start, or since reset_peaks(); summed over its processes
};

// A target's processes as they were when this was made. `own` are the root and the copies of it (helpers that
// it forked: same executable, same words), `servers` are all other descendants.
class ProcessTree {
 public:
  explicit ProcessTree(pid_t root);

  struct Cpu {
    double own_seconds = 0;
    double servers_seconds = 0;
  };
  // Used so far. Some 20 µs a process: cheap enough to be asked for while a load runs.
  Cpu cpu() const;
  // Milliseconds, more for large processes.
  Holding own() const { return holding_of(own_); }
  Holding servers() const { return holding_of(servers_); }
  // Lets peak_rss_bytes begin anew. No effect where that is not allowed.
  void reset_peaks() const;

 private:
  static Holding holding_of(const std::vector<pid_t>& processes);

  std::vector<pid_t> own_;
  std::vector<pid_t> servers_;
};

}  // namespace mcp::bench
