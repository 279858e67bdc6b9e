#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "internal/store/connection.h"

namespace mcp::store {

// What one package keeps in a database, as it grew: steps[i] is SQL that leads from version i to i + 1.
// A step that was released never changes; the next one is added behind it.
struct Schema {
  std::string_view package;
  std::span<const std::string_view> steps;
};

// Applies the steps that the database lacks, all or none of them; again it does nothing. Several packages may
// share a database. `now_ms` is noted beside each step.
// Errors: kUnsupported when the database is newer than this program, and Connection's.
Result<void> migrate(Connection& db, const Schema& schema, std::int64_t now_ms);

// 0: nothing of this package is there.
Result<int> version_of(Connection& db, std::string_view package);

}  // namespace mcp::store
