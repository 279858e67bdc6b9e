#include "cmd/mcp/elicit.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "cmd/mcp/json_look.h"
#include "cmd/mcp/terminal.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

using json::Value;

std::optional<std::string> read_line(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return std::string(trim(line));
}

// The values a property may take; empty: any.
std::vector<std::string> choices_of(const Value& property) {
  std::vector<std::string> choices;
  for (const char* key : {"enum", "oneOf", "anyOf"}) {
    auto list = property.find(key);
    if (list == property.end() || !list->is_array()) continue;
    for (const Value& entry : *list) {
      if (entry.is_string()) choices.push_back(entry.get<std::string>());
      if (entry.is_object()) choices.push_back(text_of(entry, "const"));
    }
  }
  return choices;
}

std::string prompt_of(const std::string& name, const Value& property,
                      const std::vector<std::string>& choices) {
  std::string prompt = "  " + (text_of(property, "title").empty() ? name : text_of(property, "title"));
  if (auto about = text_of(property, "description"); !about.empty()) prompt += " (" + about + ")";
  for (std::size_t i = 0; i < choices.size(); ++i) prompt += (i == 0 ? " {" : ", ") + choices[i];
  if (!choices.empty()) prompt += "}";
  if (property.contains("default")) prompt += " [" + property["default"].dump() + "]";
  return prompt + ": ";
}

// The line as a value of the property's type; nullopt when it is none.
std::optional<Value> value_of(const std::string& line, const Value& property,
                              const std::vector<std::string>& choices) {
  std::string type = text_of(property, "type");
  if (type == "array") {
    Value values = Value::array();
    for (std::string_view part : split(line, ',')) values.push_back(std::string(trim(part)));
    return values;
  }
  if (type == "boolean") {
    std::string lower = to_lower(line);
    if (lower == "y" || lower == "yes" || lower == "true") return Value(true);
    if (lower == "n" || lower == "no" || lower == "false") return Value(false);
    return std::nullopt;
  }
  if (type == "integer" || type == "number") {
    auto parsed = json::parse(line);
    bool fits = parsed && (type == "integer" ? parsed->is_number_integer() : parsed->is_number());
    return fits ? std::optional<Value>(*parsed) : std::nullopt;
  }
  bool known = choices.empty();
  for (const std::string& choice : choices) known = known || choice == line;
  return known ? std::optional<Value>(line) : std::nullopt;
}

// One field; nullopt at the end of input.
std::optional<Value> ask_field(const std::string& name, const Value& property, bool required) {
  const Value inner =
      property.contains("items") && property["items"].is_object() ? property["items"] : property;
  auto choices = choices_of(inner);
  for (;;) {
    auto line = read_line(prompt_of(name, property, choices));
    if (!line) return std::nullopt;
    if (line->empty() && property.contains("default")) return property["default"];
    if (line->empty() && !required) return Value();
    if (auto value = value_of(*line, property, choices)) return value;
    std::cerr << "  that is not " << (choices.empty() ? "a " + text_of(property, "type") : "one of them")
              << "\n";
  }
}

}  // namespace

Value ask_person(const Value& params) {
  std::cerr << "\n" << text_of(params, "message") << "\n";
  if (text_of(params, "mode") == "url") {
    std::cerr << "  " << text_of(params, "url") << "\n";
    return Value{{"action", confirm("Will you open this address?") ? "accept" : "decline"}};
  }
  Value content = Value::object();
  const Value schema = part_of(params, "requestedSchema");
  const Value required = list_of(schema, "required");
  const Value properties = part_of(schema, "properties");
  if (!properties.is_object() && !properties.is_null()) return Value{{"action", "cancel"}};
  for (const auto& [name, property] : properties.items()) {
    bool needed = std::find(required.begin(), required.end(), Value(name)) != required.end();
    auto value = ask_field(name, property, needed);
    if (!value) return Value{{"action", "cancel"}};
    if (!value->is_null()) content[name] = std::move(*value);
  }
  if (!confirm("Send this?")) return Value{{"action", "decline"}};
  return Value{{"action", "accept"}, {"content", std::move(content)}};
}

}  // namespace mcp::cmd
