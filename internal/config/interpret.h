#pragma once

#include <string>

#include "internal/config/document.h"
#include "internal/config/node.h"
#include "internal/config/report.h"
#include "internal/config/schema.h"

namespace mcp::config {

// Reads a file's tree by the schema: every unknown section and key, wrong type and wrong value goes to the
// report with file, line and column; what is right is in the result.
Document interpret(const Schema& schema, const Node& root, const std::string& path, Report& report);

}  // namespace mcp::config
