#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"
#include "internal/process/spawner.h"

namespace mcp::process {

// Everything execve() wants, made before any fork: the child itself allocates nothing.
struct LaunchPlan {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value
  std::vector<std::string> candidates;   // files to try, in order
  std::string directory;                 // empty: where we are
  std::string jail;                      // packed; empty: none
};

// Arguments and environment together; the kernel's own limit (a quarter of the stack limit, execve(2)) is
// lower.
inline constexpr std::size_t kMaxPlanBytes = 8u << 20;

// Errors: kInvalid (no command, NUL byte, unusable variable name, a jail for a detached child), kLimit (over
// kMaxPlanBytes).
Result<LaunchPlan> make_plan(const SpawnSpec& spec);

// `command` in each directory of `path`, or itself when it has a slash. An empty element is the current
// directory (POSIX, Environment Variables, PATH).
std::vector<std::string> exec_candidates(std::string_view command, std::string_view path);

// One flat piece of memory, handed over in a memfd.
std::string pack_plan(const LaunchPlan& plan);

// Pointers into a packed plan, null-terminated as execve() wants them.
struct PlanView {
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<char*> candidates;
  const char* directory = nullptr;
  std::string_view jail;
};
// False when the bytes are not a packed plan.
bool view_plan(char* data, std::size_t size, PlanView& view);

}  // namespace mcp::process
