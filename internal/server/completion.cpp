#include "internal/server/completion.h"

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/value.h"

namespace mcp::server {
namespace {

using json::Value;

// A member of an object, or nullptr.
const Value* member(const Value& object, const char* key) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

bool read_string(const Value* value, std::string& out) {
  if (!value || !value->is_string()) return false;
  out = value->get<std::string>();
  return true;
}

tl::unexpected<jsonrpc::RpcError> invalid(std::string message) {
  return tl::unexpected(jsonrpc::RpcError{jsonrpc::kInvalidParams, std::move(message), {}});
}

std::map<std::string, std::string> chosen_arguments(const Value& params) {
  std::map<std::string, std::string> chosen;
  const Value* context = member(params, "context");
  const Value* arguments = context ? member(*context, "arguments") : nullptr;
  if (!arguments || !arguments->is_object()) return chosen;
  for (const auto& [name, value] : arguments->items()) {
    if (value.is_string()) chosen.emplace(name, value.get<std::string>());
  }
  return chosen;
}

}  // namespace

tl::expected<CompletionParams, jsonrpc::RpcError> read_completion(const Bytes& params) {
  if (params.empty()) return invalid("ref and argument are missing");
  auto parsed = json::parse(params.view());
  if (!parsed) return invalid("params must be an object");
  CompletionParams out;
  const Value* ref = member(*parsed, "ref");
  const Value* argument = member(*parsed, "argument");
  if (!ref || !read_string(member(*ref, "type"), out.type)) return invalid("ref.type must be a string");
  if (out.type != "ref/prompt" && out.type != "ref/resource") return invalid("unknown ref.type: " + out.type);
  const char* key = out.type == "ref/prompt" ? "name" : "uri";
  if (!read_string(member(*ref, key), out.ref))
    return invalid(std::string("ref.") + key + " must be a string");
  if (!argument || !read_string(member(*argument, "name"), out.argument) ||
      !read_string(member(*argument, "value"), out.typed.value)) {
    return invalid("argument needs a name and a value");
  }
  out.typed.context = chosen_arguments(*parsed);
  return out;
}

std::string completion_result(const std::vector<std::string>& values) {
  constexpr std::size_t kMost = 100;
  std::string list;
  for (std::size_t i = 0; i < values.size() && i < kMost; ++i) {
    if (i > 0) list += ',';
    list += json_quote(values[i]);
  }
  return "{\"completion\":{\"values\":[" + list + "],\"total\":" + std::to_string(values.size()) +
         ",\"hasMore\":" + (values.size() > kMost ? "true" : "false") + "}}";
}

}  // namespace mcp::server
