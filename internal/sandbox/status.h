#pragma once

#include <cstdint>
#include <string>

#include "internal/base/error.h"

namespace mcp::sandbox {

// What is done to a program, in order.
enum class Step : std::uint8_t {
  kClone,        // a process in new namespaces
  kMaps,         // who it is inside and outside
  kGroups,       // control groups
  kPropagation,  // mounts of ours stay ours
  kSource,       // a path of the machine is taken; Word::index says which item of the view
  kRoot,         // an empty root
  kTarget,       // an item is put into it; Word::index
  kProc,         // /proc of its own
  kPivot,        // the machine's root goes away
  kLoopback,     // a loopback interface of its own
  kListeners,    // where it meets the hosts that it may reach; Word::index
  kHostname,
  kRlimits,
  kIdentity,    // who it is from now on
  kPrivileges,  // no capabilities, no way back
  kLandlock,
  kFork,  // init starts the program
  kSeccomp,
};

// From init to who started it, on a pipe: written whole or not at all.
struct Word {
  enum class Kind : std::uint8_t {
    kWaits,          // for its control groups, and as root for its maps; then a byte lets it go on
    kFailed,         // step, value = errno, index
    kProgramFailed,  // the program's own start: step is the caller's, value = errno
    kStarted,        // the program runs
    kEnded,          // signaled, value = exit code or signal; limit
  };
  enum class Limit : std::uint8_t { kNone, kMemory, kWall, kPids };
  Kind kind = Kind::kFailed;
  std::uint8_t step = 0;
  bool signaled = false;
  Limit limit = Limit::kNone;
  std::int32_t value = 0;
  std::int32_t index = -1;
};

// "sandbox: mount /proc: Operation not permitted". `what`: the path that the index stands for, or empty.
Error step_error(Step step, int errno_value, const std::string& what);

}  // namespace mcp::sandbox
