#pragma once

#include "internal/async/loop.h"

namespace mcp::process {

enum class Ready { kRead, kWrite };

// Waits on a copy of the descriptor: its owner may be gone meanwhile. False when the deadline has passed, or
// when no descriptor was left for the copy.
Task<bool> wait_ready(async::Loop* loop, int fd, Ready what, async::Millis deadline);

}  // namespace mcp::process
