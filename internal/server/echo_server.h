#pragma once

#include <memory>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/server/session.h"

namespace mcp::server {

// "echo": gives back what it is told. To see that a connection works.
std::shared_ptr<Backend> make_echo_server(async::Loop& loop, Env& env);

}  // namespace mcp::server
