#pragma once

#include <memory>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/server/session.h"

namespace mcp::server {

// "time": the clock of this machine, in UTC, at a fixed offset, or in the local zone; and times converted
// between them.
std::shared_ptr<Backend> make_time_server(async::Loop& loop, Env& env);

}  // namespace mcp::server
