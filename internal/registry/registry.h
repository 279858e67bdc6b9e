#pragma once

#include <cstdint>
#include <string>

#include "internal/store/connection.h"

namespace mcp::registry {

// What a node's agent knows: services, their components with the desired and the observed state, what
// happened, and every generation that was deployed. The tables' keepers are services.h, components.h,
// events.h and generations.h; each is a few functions over one connection, to be called in a transaction
// where several belong together. Times are milliseconds since 1970, UTC, and given by the caller.

// Opens the database at `path`, which is made when it is missing, and brings its tables up to date.
// Errors: those of store::Connection and store::migrate.
Result<store::Connection> open(const std::string& path, std::int64_t now_ms,
                               const store::OpenOptions& options = {});

}  // namespace mcp::registry
