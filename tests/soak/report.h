#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// Prints what happened and what was wrong with it. True: nothing was.
bool report(const World& world, async::Millis busy_for);

}  // namespace mcp::soak
