#pragma once

#include <sys/types.h>

#include "internal/process/wire.h"

namespace mcp::process {

// The keeper is told by this signal that the helper died. Not SIGTERM: a service manager sends that to
// everyone, while we still say goodbye to the children.
int keeper_stop_signal();

// One process per leashed child, forked by the helper: parent and subreaper of the child, so that its
// descendants are exactly ours, whatever they do to their sessions and parents. It reaps them, passes signals
// to the child's process group while its pid cannot belong to anyone else, reports the end, and kills every
// descendant when
//  - the child has ended (an orphan does not outlive its root), or
//  - the channel is closed (the Child was destroyed, or our process died, however), or
//  - the helper has died.
[[noreturn]] void run_keeper(const LaunchRequest& request, LaunchDescriptors descriptors, pid_t helper);

}  // namespace mcp::process
