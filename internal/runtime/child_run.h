#pragma once

#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/process/spawner.h"

namespace mcp::runtime {

// How a program went that was started to be waited for.
struct ChildRun {
  process::ExitStatus status;
  std::vector<std::string> last_lines;  // of what it wrote, at most kLastLines, none longer than kLineBytes

  bool well() const { return !status.signaled && status.code == 0; }
};

inline constexpr std::size_t kLastLines = 20;
inline constexpr std::size_t kLineBytes = 1024;
// Of each of its outputs; beyond the burst it is read no faster.
inline constexpr std::size_t kRunBytesPerSecond = 4 << 20;
inline constexpr std::size_t kRunBurst = 16 << 20;

// Starts it, closes its standard input, reads what it writes and waits for its end. Errors: those of
// Spawner::spawn().
Task<Result<ChildRun>> run_child(async::Loop& loop, process::Spawner& spawner, process::SpawnSpec spec);

}  // namespace mcp::runtime
