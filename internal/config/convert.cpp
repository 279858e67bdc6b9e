#include "internal/config/convert.h"

#include <algorithm>
#include <charconv>

#include "internal/base/strings.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxItems = 1024;

// As a shell takes it.
std::string plain_example(const Key& key) {
  if (!key.choices.empty()) return key.choices.front();
  if (key.type == Type::kBoolean) return "true";
  if (key.type == Type::kDuration && key.fallback == "0") return "30s";
  if (!key.fallback.empty()) return key.fallback;
  return key.type == Type::kInteger ? "1" : "text";
}

std::string example(const Key& key, const std::string& spelled = {}) {
  if (!spelled.empty()) return spelled + plain_example(key);
  auto quoted = [&](std::string_view otherwise) {
    return json_quote(key.fallback.empty() ? otherwise : key.fallback);
  };
  switch (key.type) {
    case Type::kString:
      return key.name + " = " + (key.choices.empty() ? quoted("text") : json_quote(key.choices.front()));
    case Type::kInteger: return key.name + " = " + (key.fallback.empty() ? "1" : key.fallback);
    case Type::kBoolean: return key.name + " = true";
    case Type::kDuration: return key.name + " = " + (key.fallback == "0" ? "\"30s\"" : quoted("30s"));
    case Type::kSize: return key.name + " = " + quoted("16M");
    case Type::kStringList: return key.name + " = [\"one\", \"two\"]";
    case Type::kSecretMap: return key.name + " = { NAME = \"file:/run/secrets/name\" }";
  }
  return key.name;
}

std::string_view wanted(Type type) {
  switch (type) {
    case Type::kString: return "a string";
    case Type::kInteger: return "an integer";
    case Type::kBoolean: return "true or false";
    case Type::kDuration: return "a duration";
    case Type::kSize: return "a size";
    case Type::kStringList: return "a list of strings";
    case Type::kSecretMap: return "a table of strings";
  }
  return "something else";
}

tl::unexpected<Error> wrong_type(const Key& key, std::string_view got) {
  return fail(ErrorCode::kInvalid, "must be " + std::string(wanted(key.type)) + ", not " + std::string(got),
              "for example " + example(key));
}

Result<void> check_choice(const Key& key, const std::string& text, const std::string& spelled) {
  if (key.choices.empty() || std::count(key.choices.begin(), key.choices.end(), text) != 0) return {};
  std::string all;
  for (const auto& choice : key.choices) all += (all.empty() ? "" : ", ") + choice;
  auto near = nearest(text, key.choices);
  return fail(ErrorCode::kInvalid, json_quote(text) + " is not one of " + all,
              near ? "did you mean \"" + *near + "\"?" : "write " + example(key, spelled));
}

// A number in the unit in which the key's user thinks.
std::string in_unit(Type type, std::int64_t number) {
  if (type == Type::kDuration)
    return number % 1000 == 0 ? std::to_string(number / 1000) + "s" : std::to_string(number) + "ms";
  if (type == Type::kSize) return std::to_string(number) + " bytes";
  return std::to_string(number);
}

Result<void> check_range(const Key& key, const Value& value, const std::string& spelled) {
  std::string shown = value.text.empty() ? std::to_string(value.number) : json_quote(value.text);
  if (value.number < key.min) {
    return fail(ErrorCode::kInvalid, shown + " is less than " + in_unit(key.type, key.min),
                "write " + example(key, spelled));
  }
  if (value.number > key.max) {
    return fail(ErrorCode::kInvalid, shown + " is more than " + in_unit(key.type, key.max),
                "write " + example(key, spelled));
  }
  return {};
}

Result<void> check_text(const std::string& text) {
  if (text.size() > kMaxText) return fail(ErrorCode::kInvalid, "must be at most 65536 bytes long");
  if (text.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalid, "must not contain a NUL character");
  return {};
}

Result<Value> checked(const Key& key, Value value, const std::string& spelled = {}) {
  MCP_TRY(check_text(value.text));
  if (value.list.size() > kMaxItems) return fail(ErrorCode::kInvalid, "must have at most 1024 entries");
  for (const auto& item : value.list) MCP_TRY(check_text(item));
  if (key.type == Type::kString) MCP_TRY(check_choice(key, value.text, spelled));
  bool counts = key.type == Type::kInteger || key.type == Type::kDuration || key.type == Type::kSize;
  if (counts) MCP_TRY(check_range(key, value, spelled));
  if (key.check != nullptr) MCP_TRY(key.check(value));
  return value;
}

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is not an integer");
}

Result<std::int64_t> parse_boolean(std::string_view text) {
  if (text == "true" || text == "1") return 1;
  if (text == "false" || text == "0") return 0;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is neither true nor false");
}

Result<std::int64_t> parse_number(Type type, std::string_view text) {
  switch (type) {
    case Type::kInteger: return parse_integer(text);
    case Type::kBoolean: return parse_boolean(text);
    case Type::kDuration: return parse_duration_ms(text);
    case Type::kSize: return parse_size_bytes(text);
    default: return 0;
  }
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (std::string_view part : split(text, ',')) {
    if (part = trim(part); !part.empty()) items.emplace_back(part);
  }
  return items;
}

Result<Value> value_of_text(const Key& key, std::string_view text, const std::string& spelled) {
  Value value;
  if (key.type == Type::kStringList) {
    if (text != "[]") value.list = split_list(text);
    return value;
  }
  if (key.type != Type::kInteger && key.type != Type::kBoolean) value.text = text;
  auto number = parse_number(key.type, text);
  if (!number) {
    Error error = std::move(number.error());
    if (error.hint.empty()) error.hint = "for example " + example(key, spelled);
    return fail(std::move(error));
  }
  value.number = *number;
  return value;
}

bool holds_text(Type type) { return type == Type::kString || type == Type::kDuration || type == Type::kSize; }

Result<Value> value_of_number(const Key& key, const Node& node) {
  // A bare number is a size in bytes, but no duration, except 0: seconds or milliseconds?
  bool bare = key.type == Type::kInteger || key.type == Type::kSize ||
              (key.type == Type::kDuration && node.integer == 0);
  if (!bare) {
    auto error = wrong_type(key, "an integer");
    if (key.type == Type::kDuration) error.value().message = "needs a unit";
    return error;
  }
  Value value;
  value.number = node.integer;
  if (key.type != Type::kInteger) value.text = std::to_string(node.integer);
  return value;
}

Result<Value> value_of_list(const Key& key, const Node& node) {
  Value value;
  for (const auto& item : node.items) {
    if (item.kind != Node::Kind::kString) {
      return wrong_type(key, "a list with " + std::string(describe(item.kind)) + " in it");
    }
    value.list.push_back(item.text);
  }
  return value;
}

}  // namespace

Result<Value> convert_text(const Key& key, std::string_view text, const std::string& spelled) {
  MCP_ASSIGN(Value value, value_of_text(key, text, spelled));
  return checked(key, std::move(value), spelled);
}

Result<Value> convert_node(const Key& key, const Node& node) {
  if (node.kind == Node::Kind::kString && holds_text(key.type)) return convert_text(key, node.text, {});
  if (node.kind == Node::Kind::kInteger) {
    MCP_ASSIGN(Value value, value_of_number(key, node));
    return checked(key, std::move(value));
  }
  if (node.kind == Node::Kind::kBoolean && key.type == Type::kBoolean) {
    return checked(key, Value{.text = {}, .number = node.boolean, .list = {}, .origin = {}});
  }
  if (node.kind == Node::Kind::kList && key.type == Type::kStringList) {
    MCP_ASSIGN(Value value, value_of_list(key, node));
    return checked(key, std::move(value));
  }
  return wrong_type(key, describe(node.kind));
}

Value default_value(const Key& key, std::string_view table_name) {
  std::string text = key.fallback;
  if (auto at = text.find("NAME"); at != std::string::npos && !table_name.empty())
    text.replace(at, 4, table_name);
  return value_of_text(key, text, {}).value_or(Value{});
}

}  // namespace mcp::config
