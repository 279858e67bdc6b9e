#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

struct sqlite3;

namespace mcp::store {

// What SQLite said, as an error that names the database, what went wrong and what to do. `code` is an
// extended result code; `db` may be null (then there is no more to say than the code).
Error failure(sqlite3* db, int code, const std::string& path, std::string_view doing);

}  // namespace mcp::store
