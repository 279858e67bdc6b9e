#pragma once

#include <sys/types.h>

#include <cstdint>

namespace mcp::sandbox {

// The forks of this package; only cell.cpp, init.cpp, idmap.cpp, host.cpp and owner_trial.cpp call them, in
// processes that process::Spawner's helper made (or, for the trial of what a machine offers, in one that
// lives for it). Both return as fork() does.

// A child in the new namespaces of `flags`. The caller has one thread.
pid_t clone_process(std::uint64_t flags);
// Any caller.
pid_t fork_process();

}  // namespace mcp::sandbox
