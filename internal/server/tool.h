#pragma once

#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/protocol/headers.h"
#include "internal/server/answer.h"

namespace mcp::server {

// May a tool's call become a task? Written as `execution.taskSupport` for clients of 2025-11-25, who then ask
// for it call by call; clients of the extension io.modelcontextprotocol/tasks get one when the handler
// answers Background.
enum class TaskSupport { kForbidden, kOptional, kRequired };

// A tool as it is declared. Raw members are JSON and travel as they are written.
struct Tool {
  std::string name;  // 1 to 128 of A-Z a-z 0-9 _ . -
  std::string title;
  std::string description;
  std::string input_schema = R"({"type":"object"})";
  std::string output_schema;
  std::string annotations;
  TaskSupport task_support = TaskSupport::kForbidden;
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
