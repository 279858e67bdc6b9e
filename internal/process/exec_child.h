#pragma once

#include <sys/types.h>

#include <optional>

#include "internal/process/launch_plan.h"
#include "internal/process/wire.h"

namespace mcp::process {

// The plan's bytes mapped from its memfd. False with errno set.
bool load_plan(int memfd, PlanView& view);

// The two halves of it, for a child that is shut in between them. Each returns where it failed, with errno.
std::optional<LaunchStep> prepare_child(const LaunchRequest& request, const LaunchDescriptors& descriptors);
LaunchStep execute_plan(const PlanView& plan);

// Runs in the forked child, which becomes the leader of its own session and process group with default
// signals, our pipe ends as 0, 1, 2 and nothing else open, then another program. A failure is written to
// report_fd (close-on-exec: its end of file says that the program runs). leash: the parent whose death kills
// the child; 0: none.
[[noreturn]] void exec_child(const PlanView& plan, const LaunchRequest& request,
                             const LaunchDescriptors& descriptors, int report_fd, pid_t leash);

}  // namespace mcp::process
