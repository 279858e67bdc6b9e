#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/sandbox/jail.h"
#include "internal/sandbox/status.h"

namespace mcp::sandbox {

// Where this process may make control groups for its programs; found by trying, never by asking for versions.
// v1 has one hierarchy a controller, v2 one for all; "" where there is none.
struct Cgroups {
  std::string memory, pids, cpu;  // directories in which groups can be made
  bool unified = false;           // v2: the three are one

  // "v2", "v1", "none"
  std::string_view kind() const;
};

// What /proc/self/cgroup and /proc/self/mountinfo say, as directories: pure.
struct CgroupPlaces {
  std::string v2, memory, pids, cpu;  // where this process is; empty: no such hierarchy
};
CgroupPlaces parse_places(std::string_view cgroup, std::string_view mountinfo);

// Makes, limits and removes a group in every place where it may be allowed: beside this process, above it.
// Removes what gateways that no longer live have left there.
Cgroups try_cgroups();
// The same for a process at these places.
Cgroups try_cgroups(const CgroupPlaces& at);

// Only removes those.
void sweep_cgroups();

// The groups for one program. counted_by_user: its resource limits count its processes as well as a group
// would (rlimits.h). Then there is none for their number alone: to move a process into a group takes until
// every processor has come by (a grace period of the kernel's, milliseconds).
std::vector<Group> groups_for(const Cgroups& cgroups, const Limits& limits, bool counted_by_user);

// The groups of one running program; removed with the object, when the last of its processes is gone.
class JoinedGroups {
 public:
  JoinedGroups() = default;
  JoinedGroups(JoinedGroups&&) = default;
  JoinedGroups& operator=(JoinedGroups&&) = default;
  ~JoinedGroups() { remove(); }

  // Makes them, sets their limits and puts `pid` in. False with errno.
  bool join(const std::vector<Group>& groups, pid_t pid);
  // Which limit was met: memory (one of its processes was killed for it), or pids (one could not be made).
  Word::Limit met() const;
  void remove();

 private:
  std::vector<std::string> made_;
  std::vector<std::string> events_;
};

}  // namespace mcp::sandbox
