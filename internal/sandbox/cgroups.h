#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// Where this process may make control groups for its programs; found by trying, never by asking for versions.
// v1 has one hierarchy a controller, v2 one for all; "" where there is none.
struct Cgroups {
  std::string memory, pids, cpu;  // directories in which groups can be made
  bool unified = false;           // v2: the three are one

  // "v2", "v1", "none"
  std::string_view kind() const;
};

// Makes, limits and removes a group in every place where it may be allowed: beside this process, above it.
// Removes what gateways that no longer live have left there.
Cgroups try_cgroups();

// The groups for one program.
std::vector<Group> groups_for(const Cgroups& cgroups, const Limits& limits);

// The groups of one running program; removed with the object, when the last of its processes is gone.
class JoinedGroups {
 public:
  JoinedGroups() = default;
  JoinedGroups(JoinedGroups&&) = default;
  JoinedGroups& operator=(JoinedGroups&&) = default;
  ~JoinedGroups() { remove(); }

  // Makes them, sets their limits and puts `pid` in. False with errno.
  bool join(const std::vector<Group>& groups, pid_t pid);
  // Was one of its processes killed because the memory was used up?
  bool ran_out_of_memory() const;
  void remove();

 private:
  std::vector<std::string> made_;
  std::string events_;
};

// What /proc/self/cgroup and /proc/self/mountinfo say, as directories: pure.
struct CgroupPlaces {
  std::string v2, memory, pids, cpu;  // where this process is; empty: no such hierarchy
};
CgroupPlaces parse_places(std::string_view cgroup, std::string_view mountinfo);

}  // namespace mcp::sandbox
