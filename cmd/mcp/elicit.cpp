#include "cmd/mcp/elicit.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "cmd/mcp/json_look.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

using json::Value;

using InputPtr = std::shared_ptr<async::LineInput>;

Task<std::optional<std::string>> read_line(InputPtr input, std::string prompt) {
  std::cerr << prompt << std::flush;
  auto reading = input->next();
  auto line = co_await std::move(reading);
  if (!line) co_return std::nullopt;
  co_return std::string(trim(*line));
}

Task<bool> confirmed(InputPtr input, std::string question) {
  auto reading = read_line(input, question + " [y/N] ");
  auto line = co_await std::move(reading);
  std::string answer = to_lower(line.value_or(""));
  co_return answer == "y" || answer == "yes";
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

// One field; nullopt at the end of input, null for an empty line.
Task<std::optional<Value>> ask_field(InputPtr input, std::string name, Value property, bool required) {
  const Value inner =
      property.contains("items") && property["items"].is_object() ? property["items"] : property;
  auto choices = choices_of(inner);
  for (;;) {
    auto reading = read_line(input, prompt_of(name, property, choices));
    auto line = co_await std::move(reading);
    if (!line) co_return std::nullopt;
    if (line->empty() && property.contains("default")) co_return property["default"];
    if (line->empty() && !required) co_return Value();
    if (auto value = value_of(*line, property, choices)) co_return value;
    std::cerr << "  that is not " << (choices.empty() ? "a " + text_of(property, "type") : "one of them")
              << "\n";
  }
}

Value answer(std::string_view action) { return Value{{"action", action}}; }

Task<Value> ask_form(InputPtr input, Value schema) {
  Value content = Value::object();
  const Value required = list_of(schema, "required");
  const Value properties = part_of(schema, "properties");
  if (!properties.is_object() && !properties.is_null()) co_return answer("cancel");
  std::vector<std::pair<std::string, Value>> fields;
  for (const auto& [name, property] : properties.items()) fields.emplace_back(name, property);
  for (const auto& [name, property] : fields) {
    bool needed = std::find(required.begin(), required.end(), Value(name)) != required.end();
    auto asking = ask_field(input, name, property, needed);
    auto value = co_await std::move(asking);
    if (!value) co_return answer("cancel");
    if (!value->is_null()) content[name] = std::move(*value);
  }
  auto confirming = confirmed(input, "Send this?");
  bool sent = co_await std::move(confirming);
  if (!sent) co_return answer("decline");
  Value accepted = answer("accept");
  accepted["content"] = std::move(content);
  co_return accepted;
}

}  // namespace

Task<Value> ask_person(InputPtr input, Value params) {
  std::cerr << "\n" << text_of(params, "message") << "\n";
  if (text_of(params, "mode") == "url") {
    std::cerr << "  " << text_of(params, "url") << "\n";
    auto confirming = confirmed(input, "Will you open this address?");
    bool opened = co_await std::move(confirming);
    co_return answer(opened ? "accept" : "decline");
  }
  auto asking = ask_form(input, part_of(params, "requestedSchema"));
  Value answered = co_await std::move(asking);
  co_return answered;
}

}  // namespace mcp::cmd
