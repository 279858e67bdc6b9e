#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// What /ready says: the servers that are ready, and all.
struct Readiness {
  std::size_t ready = 0;
  std::size_t servers = 0;
  std::string text;
};
Task<Result<Readiness>> look_at_ready(World* world);

// Waits until every server of the configuration is ready. Errors: kTimeout with what /ready said last.
Task<Result<void>> until_all_ready(World* world, async::Millis patience);

// Waits until the gateway holds the same twice in a row, and what was wanted when that is given.
// Errors: kTimeout.
Task<Result<Holdings>> until_at_rest(World* world, const Holdings* wanted, async::Millis patience);

}  // namespace mcp::soak
