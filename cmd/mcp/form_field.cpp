#include "cmd/mcp/form_field.h"

#include <algorithm>

#include "cmd/mcp/json_look.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

using json::Value;

tl::unexpected<Error> wrong(std::string why) { return fail(ErrorCode::kInvalid, std::move(why)); }

// A bound such as minItems; `otherwise` when the schema gives none.
std::size_t bound(const Value& schema, const char* key, std::size_t otherwise) {
  const Value value = part_of(schema, key);
  return value.is_number_unsigned() ? value.get<std::size_t>() : otherwise;
}

std::string items(std::size_t count) { return std::to_string(count) + " of them"; }

}  // namespace

FormField::FormField(std::string name, Value property)
    : name_(std::move(name)),
      property_(std::make_shared<const Value>(std::move(property))),
      type_(text_of(*property_, "type")) {
  const Value each = part_of(*property_, "items");
  add_choices(each.is_object() ? each : *property_);
}

// Untitled: `enum`. Titled: `oneOf` or `anyOf` of {const, title}, and the older `enum` with `enumNames`.
void FormField::add_choices(const Value& schema) {
  const Value names = list_of(schema, "enumNames");
  const Value values = list_of(schema, "enum");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_string()) continue;
    bool titled = i < names.size() && names[i].is_string();
    choices_.push_back({values[i].get<std::string>(), titled ? names[i].get<std::string>() : std::string()});
  }
  for (const char* key : {"oneOf", "anyOf"}) {
    for (const Value& entry : list_of(schema, key)) {
      if (part_of(entry, "const").is_string())
        choices_.push_back({text_of(entry, "const"), text_of(entry, "title")});
    }
  }
}

const FormField::Choice* FormField::choice(std::string_view typed) const {
  for (const Choice& choice : choices_) {
    if (choice.value == typed) return &choice;
  }
  for (const Choice& choice : choices_) {
    if (choice.title == typed && !typed.empty()) return &choice;
  }
  return nullptr;
}

// A value as it would be typed.
std::string FormField::label(const Value& value) const {
  if (value.is_array()) {
    std::string labels;
    for (const Value& entry : value) labels += (labels.empty() ? "" : ", ") + label(entry);
    return labels.empty() ? "none" : labels;
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_string()) return json::dump(value);
  std::string text = value.get<std::string>();
  if (text.empty()) return "\"\"";
  const Choice* known = choice(text);
  return known == nullptr || known->title.empty() ? text : known->title;
}

std::string FormField::prompt() const {
  std::string title = text_of(*property_, "title");
  std::string prompt = title.empty() ? name_ : title;
  if (auto about = text_of(*property_, "description"); !about.empty()) prompt += " (" + about + ")";
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const Choice& choice = choices_[i];
    bool titled = !choice.title.empty() && choice.title != choice.value;
    prompt += (i == 0 ? " {" : ", ") + (titled ? choice.title + " = " + choice.value : choice.value);
  }
  if (!choices_.empty()) prompt += type_ == "array" ? "; several: a, b}" : "}";
  if (auto value = default_value()) prompt += " [" + label(*value) + "]";
  return prompt;
}

std::optional<Value> FormField::default_value() const {
  if (!property_->is_object() || !property_->contains("default")) return std::nullopt;
  return property_->at("default");
}

Result<Value> FormField::read_several(const std::string& line) const {
  Value values = Value::array();
  for (std::string_view part : split(line, ',')) {
    part = trim(part);
    if (part.empty()) continue;
    const Choice* chosen = choice(part);
    if (!choices_.empty() && chosen == nullptr) return wrong(json_quote(part) + " is not one of them");
    Value value = chosen == nullptr ? std::string(part) : chosen->value;
    // A list of choices is a set.
    bool again = std::find(values.begin(), values.end(), value) != values.end();
    if (chosen == nullptr || !again) values.push_back(std::move(value));
  }
  std::size_t least = bound(*property_, "minItems", 0);
  std::size_t most = bound(*property_, "maxItems", SIZE_MAX);
  if (values.size() < least) return wrong("give at least " + items(least) + ", separated by commas");
  if (values.size() > most) return wrong("give at most " + items(most));
  return values;
}

Result<Value> FormField::read_number(const std::string& line) const {
  auto parsed = json::parse(line);
  bool fits = parsed && (type_ == "integer" ? parsed->is_number_integer() : parsed->is_number());
  if (!fits) return wrong(type_ == "integer" ? "that is not an integer" : "that is not a number");
  return std::move(*parsed);
}

Result<Value> FormField::read(const std::string& line) const {
  if (type_ == "array") return read_several(line);
  if (type_ == "integer" || type_ == "number") return read_number(line);
  if (type_ == "boolean") {
    std::string lower = to_lower(line);
    if (lower == "y" || lower == "yes" || lower == "true") return Value(true);
    if (lower == "n" || lower == "no" || lower == "false") return Value(false);
    return wrong("that is not a boolean: yes or no");
  }
  if (choices_.empty()) return Value(line);
  const Choice* chosen = choice(line);
  if (chosen == nullptr) return wrong("that is not one of them");
  return Value(chosen->value);
}

}  // namespace mcp::cmd
