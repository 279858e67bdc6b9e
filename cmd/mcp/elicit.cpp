#include "cmd/mcp/elicit.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "cmd/mcp/form_field.h"
#include "cmd/mcp/json_look.h"
#include "internal/base/printable.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

using json::Value;

using InputPtr = std::shared_ptr<async::LineInput>;

Task<std::optional<std::string>> read_line(InputPtr input, std::string prompt) {
  std::cerr << printable(prompt) << std::flush;
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

// One field; nullopt at the end of input, null for an empty line.
Task<std::optional<Value>> ask_field(InputPtr input, std::string name, Value property, bool required) {
  FormField field(name, std::move(property));
  for (;;) {
    auto reading = read_line(input, "  " + field.prompt() + ": ");
    auto line = co_await std::move(reading);
    if (!line) co_return std::nullopt;
    if (line->empty() && field.default_value()) co_return *field.default_value();
    if (line->empty() && !required) co_return Value();
    auto value = field.read(*line);
    if (value) co_return std::move(*value);
    std::cerr << "  " << printable(value.error().message) << "\n";
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

// A mark before each line: no server can write one that looks like ours.
void show_message(const std::string& message) {
  std::cerr << "\n";
  for (std::string_view line : split(message, '\n')) std::cerr << "> " << printable(line) << "\n";
}

}  // namespace

Task<Value> ask_person(InputPtr input, Value params) {
  show_message(text_of(params, "message"));
  if (text_of(params, "mode") == "url") {
    std::cerr << "  " << printable(text_of(params, "url")) << "\n";
    auto confirming = confirmed(input, "Will you open this address?");
    bool opened = co_await std::move(confirming);
    co_return answer(opened ? "accept" : "decline");
  }
  auto asking = ask_form(input, part_of(params, "requestedSchema"));
  Value answered = co_await std::move(asking);
  co_return answered;
}

}  // namespace mcp::cmd
