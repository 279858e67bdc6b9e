#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/document.h"
#include "internal/config/report.h"
#include "internal/sandbox/policy.h"

namespace mcp::config {

// The keys of [servers.NAME] that say what a command may see and use.
std::vector<Key> sandbox_keys();

// The first of them that says something else than its default, else nullptr.
const Key* given_sandbox_key(const Table& table);

// The policy of one table; relative paths are relative to the file that has them, and every path must be
// there. `usual`: the profile of a table that names none. Mistakes go to the report; then nullopt.
std::optional<sandbox::Policy> read_policy(Env& env, const Table& table, const std::string& usual,
                                           Report& report);

}  // namespace mcp::config
