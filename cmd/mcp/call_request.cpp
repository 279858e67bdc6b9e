#include "cmd/mcp/call_request.h"

#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

using Kind = CallVerb::Kind;

tl::unexpected<Error> usage(std::string message, std::string hint) {
  return fail(ErrorCode::kUsage, std::move(message), std::move(hint));
}

Result<std::pair<std::string, std::string>> split_pair(const std::string& pair) {
  auto equals = pair.find('=');
  if (equals == std::string::npos || equals == 0)
    return usage("--arg \"" + pair + "\" is not KEY=VALUE", "--arg path=/tmp");
  return std::make_pair(pair.substr(0, equals), pair.substr(equals + 1));
}

// The "type" that a schema gives a property; empty when it says none.
std::string declared_type(const json::Value& schema, const std::string& key) {
  auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return {};
  auto property = properties->find(key);
  if (property == properties->end() || !property->is_object()) return {};
  auto type = property->find("type");
  return type != property->end() && type->is_string() ? type->get<std::string>() : std::string();
}

}  // namespace

Result<CallVerb> parse_verb(const std::vector<std::string>& words) {
  if (words.empty())
    return usage("what is to be called?", "tools list, tool NAME, resource URI, prompt NAME or discover");
  static const std::map<std::string, std::string> lists = {{"tools", "tools/list"},
                                                           {"resources", "resources/list"},
                                                           {"templates", "resources/templates/list"},
                                                           {"prompts", "prompts/list"}};
  const std::string& verb = words[0];
  if (verb == "discover" && words.size() == 1) return CallVerb{Kind::kDiscover, {}, {}};
  if (auto list = lists.find(verb); list != lists.end()) {
    if (words.size() == 1 || (words.size() == 2 && words[1] == "list"))
      return CallVerb{Kind::kList, list->second, {}};
    return usage("\"" + verb + " " + words[1] + "\" is not a call", "try \"" + verb + " list\"");
  }
  static const std::map<std::string, Kind> singles = {
      {"tool", Kind::kTool}, {"resource", Kind::kResource}, {"prompt", Kind::kPrompt}};
  if (auto single = singles.find(verb); single != singles.end()) {
    if (words.size() == 2) return CallVerb{single->second, {}, words[1]};
    return usage("\"" + verb + "\" needs exactly one " + (verb == "resource" ? "URI" : "name"),
                 verb == "tool" ? "arguments go into --arg KEY=VALUE" : "");
  }
  auto meant =
      nearest(verb, {"discover", "tools", "tool", "resources", "resource", "templates", "prompts", "prompt"});
  return usage("unknown call \"" + verb + "\"",
               meant ? "did you mean \"" + *meant + "\"?"
                     : "tools list, tool NAME, resource URI, prompt NAME or discover");
}

Result<std::string> typed_arguments(const std::vector<std::string>& pairs, std::string_view input_schema) {
  auto schema = json::parse(input_schema.empty() ? "{}" : input_schema);
  json::Value arguments = json::Value::object();
  for (const std::string& pair : pairs) {
    MCP_ASSIGN(auto entry, split_pair(pair));
    auto& [key, text] = entry;
    std::string type = schema ? declared_type(*schema, key) : std::string();
    auto parsed = json::parse(text);
    if (type == "string" || (type.empty() && !parsed)) {
      arguments[key] = text;
    } else if (parsed) {
      arguments[key] = std::move(*parsed);
    } else {
      return usage("--arg " + key + ": the tool wants " + type + ", and \"" + text + "\" is not one", "");
    }
  }
  return json::dump(arguments);
}

Result<std::string> text_arguments(const std::vector<std::string>& pairs) {
  json::Value arguments = json::Value::object();
  for (const std::string& pair : pairs) {
    MCP_ASSIGN(auto entry, split_pair(pair));
    arguments[entry.first] = entry.second;
  }
  return json::dump(arguments);
}

Result<std::string> read_json_arguments(Env& env, const std::string& source) {
  std::string text = source;
  if (source == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else if (trim(source).substr(0, 1) != "{") {
    auto file = env.read_file(source);
    if (!file) return fail(std::move(file.error()).wrap("--json-args"));
    text = std::move(*file);
  }
  auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object())
    return usage("--json-args is not a JSON object", "e.g. --json-args '{\"path\":\"/tmp\"}'");
  return std::string(trim(text));
}

}  // namespace mcp::cmd
