#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// Kills servers at random, and rewrites the configuration where that is asked for, until the world stops.
Task<void> make_chaos(World* world);

// The remote server: started here, on the same port after every kill.
Task<Result<void>> start_web(World* world);

}  // namespace mcp::soak
