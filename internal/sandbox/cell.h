#pragma once

#include <sys/types.h>

#include "internal/base/unique_fd.h"
#include "internal/sandbox/cgroups.h"
#include "internal/sandbox/init.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/status.h"

namespace mcp::sandbox {

// One program in its jail, from outside: lives in the process that is the parent of its init
// (process::Spawner's keeper), which has one thread. Whoever ends that process, or init, ends everything
// inside.
class Cell {
 public:
  // Waits until the program runs. Returns kStarted, kFailed or kProgramFailed; after a failure nobody is
  // left.
  Word start(const Jail& jail, const Program& program);

  pid_t init() const { return init_; }
  // The program itself, as this process's namespace numbers it; init() where the kernel does not tell.
  pid_t program() const;
  // After init was reaped: how the program ended (kEnded).
  Word end();
  // When all of its processes are reaped.
  void remove_groups() { groups_.remove(); }

 private:
  bool release();
  bool write_own_maps(const Jail& jail);
  Word listen(const Jail& jail);
  Word abandon(Word why);

  pid_t init_ = 0;
  UniqueFd status_, go_;
  JoinedGroups groups_;
};

}  // namespace mcp::sandbox
