#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// One place in the crowd: sessions of both eras, one after the other, until the world stops.
Task<void> visit(World* world);

// A session that calls each server once: nothing is cold afterwards. Errors: the first refusal.
Task<Result<void>> call_round(World* world, bool modern);

}  // namespace mcp::soak
