#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// The whole of it: starts everything, lets it be busy for its time, brings it to rest, stops it. What is
// wrong stands in the world's complaints. Errors: it could not begin.
Task<Result<async::Millis>> run_soak(World* world);

}  // namespace mcp::soak
