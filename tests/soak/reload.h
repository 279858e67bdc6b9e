#pragma once

#include "tests/soak/world.h"

namespace mcp::soak {

// Changes one server in the configuration, by SIGHUP or by the file alone, and waits until its new process is
// there. The other servers' shared processes have to be the same before and after. Now and then the file is
// broken first: then nothing may change.
Task<void> reload(World* world);

}  // namespace mcp::soak
