#pragma once

#include "internal/base/error.h"

namespace mcp::http {

// The one table from an error to an HTTP status.
int http_status(ErrorCode code);

}  // namespace mcp::http
