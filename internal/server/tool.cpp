#include "internal/server/tool.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/value.h"

namespace mcp::server {
namespace {

bool is_tool_name(std::string_view name) {
  auto legal = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '-'; };
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), legal);
}

}  // namespace

Result<ToolTraits> check_tool(const Tool& tool) {
  std::string who = "tool " + json_quote(tool.name);
  if (!is_tool_name(tool.name)) {
    return fail(ErrorCode::kInvalid, who + " is no tool name", "1 to 128 characters of A-Z a-z 0-9 _ . -");
  }
  if (!tool.handler) return fail(ErrorCode::kInvalid, who + " has no handler");
  auto schema = json::parse(tool.input_schema);
  if (!schema) return fail(std::move(schema.error()).wrap(who + ": input schema"));
  if (!schema->is_object() || schema->value("type", json::Value()) != "object") {
    return fail(ErrorCode::kInvalid, who + ": the input schema's type must be \"object\"");
  }
  ToolTraits traits;
  for (const auto& name : schema->value("required", json::Value::array())) {
    if (name.is_string()) traits.required.push_back(name.get<std::string>());
  }
  auto mirrored = protocol::find_param_headers(tool.input_schema);
  if (!mirrored) return fail(std::move(mirrored.error()).wrap(who));
  traits.mirrored = std::move(*mirrored);
  return traits;
}

std::string to_json(const Tool& tool) {
  std::string out = "{\"name\":" + json_quote(tool.name);
  if (!tool.title.empty()) out += ",\"title\":" + json_quote(tool.title);
  if (!tool.description.empty()) out += ",\"description\":" + json_quote(tool.description);
  out += ",\"inputSchema\":" + tool.input_schema;
  if (!tool.output_schema.empty()) out += ",\"outputSchema\":" + tool.output_schema;
  if (!tool.annotations.empty()) out += ",\"annotations\":" + tool.annotations;
  if (tool.task_support == TaskSupport::kOptional) out += R"(,"execution":{"taskSupport":"optional"})";
  if (tool.task_support == TaskSupport::kRequired) out += R"(,"execution":{"taskSupport":"required"})";
  return out + "}";
}

}  // namespace mcp::server
