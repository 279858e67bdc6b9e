#pragma once

#include <string_view>

#include "internal/service/spec.h"
#include "internal/store/connection.h"

namespace mcp::registry {

// What a component has many of (ports, volumes, arguments, variables), in tables of their own. spec.name says
// whose they are.
Result<void> read_lists(store::Connection& db, std::string_view service, service::ComponentSpec& spec);
// Replaces what is there.
Result<void> write_lists(store::Connection& db, std::string_view service, const service::ComponentSpec& spec);

}  // namespace mcp::registry
