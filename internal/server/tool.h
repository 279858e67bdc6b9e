#pragma once

#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/protocol/headers.h"
#include "internal/server/answer.h"

namespace mcp::server {

// A tool as it is declared. Raw members are JSON and travel as they are written.
struct Tool {
  std::string name;  // 1 to 128 of A-Z a-z 0-9 _ . -
  std::string title;
  std::string description;
  std::string input_schema = R"({"type":"object"})";
  std::string output_schema;
  std::string annotations;
  Handler handler;
};

// What the catalog keeps beside the declaration.
struct ToolTraits {
  std::vector<std::string> required;            // top-level required properties of the input schema
  std::vector<protocol::ParamHeader> mirrored;  // x-mcp-header
};
// Errors: kInvalid (name, schema, x-mcp-header, no handler).
Result<ToolTraits> check_tool(const Tool& tool);
std::string to_json(const Tool& tool);

}  // namespace mcp::server
