#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "internal/sandbox/idmap.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/status.h"

namespace mcp::sandbox {

// What runs inside. The first two functions are called in the program's own process and return only what went
// wrong (a number that means something to the caller, sent on as Word::step, with errno).
struct Program {
  void* context = nullptr;
  // Before anything is locked: descriptors. nullopt: done.
  std::optional<std::uint8_t> (*prepare)(void* context) = nullptr;
  // Last of all, under the filter: execve().
  std::uint8_t (*execute)(void* context) = nullptr;
  // Jail::listeners, open; not called when there are none. The descriptors are closed afterwards. False with
  // errno. By init itself.
  bool (*hand_out)(void* context, const std::vector<int>& listeners) = nullptr;
};

// Descriptors of the child, close-on-exec.
struct Wires {
  int status = -1;  // Words go up
  int go = -1;      // a byte comes down when the parent has done its part; its end: the parent is gone
};

// The life of the first process in the new namespaces: shuts itself in, step by step; starts the program;
// passes signals on to its process group; reaps orphans; says how the program ended, and with its own end
// ends them all.
[[noreturn]] void run_init(const Jail& jail, const IdmapTable& identities, Wires wires,
                           const Program& program);

}  // namespace mcp::sandbox
