#include "cmd/mcp/call_request.h"

#include <functional>
#include <iostream>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/config/header_field.h"
#include "internal/config/secret.h"
#include "internal/json/scan.h"

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

// As it is written when that is a JSON value, so that a number keeps all its digits.
Result<std::string> typed_value(const std::string& type, const std::string& key, const std::string& text) {
  bool is_json = json::validate(Bytes::copy(text)).has_value();
  if (type == "string" || (type.empty() && !is_json)) return json_quote(text);
  if (is_json) return std::string(trim(text));
  return usage("--arg " + key + ": the tool wants " + type + ", and \"" + text + "\" is not one", "");
}

using ToValue = std::function<Result<std::string>(const std::string& key, const std::string& text)>;

// The object that KEY=VALUE pairs make.
Result<std::string> join_arguments(const std::vector<std::string>& pairs, const ToValue& to_value) {
  std::set<std::string> keys;
  std::string object;
  for (const std::string& pair : pairs) {
    MCP_ASSIGN(auto entry, split_pair(pair));
    const auto& [key, text] = entry;
    if (!is_valid_utf8(pair)) return usage("--arg " + json_quote(key) + " is not UTF-8", "");
    if (!keys.insert(key).second) return usage("--arg " + key + " is given twice", "");
    MCP_ASSIGN(std::string value, to_value(key, text));
    object += (object.empty() ? "" : ",") + json_quote(key) + ":" + value;
  }
  return "{" + object + "}";
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
    if (words[1] == "list") return usage("unexpected argument \"" + words[2] + "\"", "");
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

Result<std::pair<std::string, std::string>> parse_header(const std::string& text) {
  auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    return usage("--header " + json_quote(text) + " is not NAME: VALUE",
                 "--header 'Authorization: Bearer ${env:TOKEN}'");
  }
  std::string name(trim(std::string_view(text).substr(0, colon)));
  std::string value(trim(std::string_view(text).substr(colon + 1)));
  auto right = config::check_header_name(name);
  if (right) right = config::check_header_value(value);
  if (right) right = config::check_secret(value);
  if (!right) return usage("--header " + name + ": " + right.error().message, right.error().hint);
  return std::make_pair(std::move(name), std::move(value));
}

Result<std::string> typed_arguments(const std::vector<std::string>& pairs, std::string_view input_schema) {
  auto schema = json::parse(input_schema.empty() ? "{}" : input_schema);
  return join_arguments(pairs, [&schema](const std::string& key, const std::string& text) {
    return typed_value(schema ? declared_type(*schema, key) : std::string(), key, text);
  });
}

Result<std::string> text_arguments(const std::vector<std::string>& pairs) {
  return join_arguments(pairs, [](const std::string&, const std::string& text) {
    return Result<std::string>(json_quote(text));
  });
}

Result<std::string> read_json_arguments(Env& env, const std::string& source) {
  std::string text = source;
  if (source == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else if (auto start = trim(source).substr(0, 1); start == "[" || start == "\"") {
    return usage("--json-args: the arguments of a tool are an object, not " +
                     std::string(start == "[" ? "a list" : "a string"),
                 "e.g. --json-args '{\"path\":\"/tmp\"}'; a file of that name is ./" + source);
  } else if (start != "{") {
    auto file = env.read_file(source);
    if (!file) return fail(std::move(file.error()).wrap("--json-args"));
    text = std::move(*file);
  }
  Bytes object = Bytes::copy(trim(text));
  auto valid = json::validate(object);
  auto fields = valid ? json::scan_object(object) : tl::unexpected<Error>(valid.error());
  if (!fields) {
    return usage("--json-args: " + fields.error().message, "e.g. --json-args '{\"path\":\"/tmp\"}'");
  }
  return std::string(object.view());
}

}  // namespace mcp::cmd
