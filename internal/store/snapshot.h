#pragma once

#include <cstdint>
#include <string>

#include "internal/store/connection.h"

namespace mcp::store {

// A copy of the whole database as it is now, in one file (VACUUM INTO): others may write meanwhile. It
// appears under its name when it is complete and on the disk, or not at all; 0600. Errors: kExists (the name
// is taken), kInvalid (in a transaction), and Connection's.
Result<void> snapshot(Connection& db, const std::string& path);

// "mcp-20261129T020000Z.db" for the prefix "mcp": names that sort by time (UTC).
std::string snapshot_name(const std::string& prefix, std::int64_t now_ms);

// Is it a sound SQLite database, page by page and reference by reference? Errors: kMalformed and
// Connection's.
Result<void> check(const std::string& path);

// Puts the database of `from` in the place of `path`, which nobody may use meanwhile. What stood there is
// kept: its new path is returned, "" when there was nothing. At every moment one of the two stands there
// complete. Errors: kTimeout (path is in use), kMalformed (`from` is damaged; nothing was changed), and
// Connection's.
Result<std::string> restore(const std::string& from, const std::string& path, std::int64_t now_ms);

}  // namespace mcp::store
