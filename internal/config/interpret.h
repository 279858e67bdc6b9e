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

// One table of a file of another shape (a service definition): its keys by those of `section`, which stands
// in no schema. Messages call it `title`. Defaults are not filled in.
Table interpret_table(const Section& section, const Node& node, const std::string& path,
                      const std::string& title, Report& report);

}  // namespace mcp::config
