#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// A legacy session whose client goes away in the middle of its calls, without DELETE: its connections break.
Task<void> vanish(World* world);

}  // namespace mcp::soak
