#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/server/session.h"

namespace mcp::server {

// The servers that are compiled in: what `mcp serve` answers with when nothing is configured.
std::vector<std::string> builtin_names();

// nullptr when there is no such server.
std::shared_ptr<Backend> make_builtin(std::string_view name, async::Loop& loop, Env& env = real_env());

}  // namespace mcp::server
