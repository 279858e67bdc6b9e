#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/json/value.h"
#include "internal/protocol/headers.h"

namespace mcp::protocol {
namespace {

using json::Value;

constexpr std::string_view kAnnotation = "x-mcp-header";
constexpr int kMaxDepth = 256;
constexpr double kMaxSafeInteger = 9007199254740991;  // 2^53 - 1

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (char c : text) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && kMarks.find(c) == kMarks.npos) return false;
  }
  return !text.empty();
}

// Where a schema stands: only at parameters may the annotation be.
enum class Place { kRoot, kParameter, kElsewhere };

bool maps_names_to_schemas(std::string_view keyword) {
  return keyword == "patternProperties" || keyword == "$defs" || keyword == "definitions" ||
         keyword == "dependentSchemas";
}

bool holds_schemas(std::string_view keyword) {
  static const std::set<std::string_view> kKeywords = {"items",
                                                       "additionalItems",
                                                       "prefixItems",
                                                       "contains",
                                                       "unevaluatedItems",
                                                       "additionalProperties",
                                                       "propertyNames",
                                                       "unevaluatedProperties",
                                                       "allOf",
                                                       "anyOf",
                                                       "oneOf",
                                                       "not",
                                                       "if",
                                                       "then",
                                                       "else",
                                                       "contentSchema"};
  return kKeywords.contains(keyword);
}

// Walks the keywords that hold schemas: the annotation counts as a keyword, not as a property's name or as
// data (default, enum, examples).
class Finder {
 public:
  Result<std::vector<ParamHeader>> run(const Value& schema) {
    walk(schema, Place::kRoot);
    if (!problem_.empty()) return fail(ErrorCode::kInvalid, std::move(problem_));
    return std::move(found_);
  }

 private:
  void walk(const Value& schema, Place place) {
    if (schema.is_array()) return walk_all(schema, Place::kElsewhere);
    if (!schema.is_object() || !problem_.empty()) return;
    if (auto annotation = schema.find(kAnnotation); annotation != schema.end()) {
      place == Place::kParameter ? take(schema, *annotation)
                                 : refuse("stands where no chain of \"properties\" leads");
    }
    for (const auto& [keyword, value] : schema.items()) {
      if (keyword == "properties") {
        walk_all(value, place == Place::kElsewhere ? place : Place::kParameter);
      } else if (maps_names_to_schemas(keyword)) {
        walk_all(value, Place::kElsewhere);
      } else if (holds_schemas(keyword)) {
        walk(value, Place::kElsewhere);
      }
    }
  }

  void walk_all(const Value& schemas, Place place) {
    if (!schemas.is_structured()) return;
    for (const auto& [name, schema] : schemas.items()) {
      path_.push_back(name);
      walk(schema, place);
      path_.pop_back();
    }
  }

  void take(const Value& schema, const Value& annotation) {
    if (!annotation.is_string() || !is_token(annotation.get_ref<const std::string&>())) {
      return refuse("is not an HTTP field name");
    }
    auto type = schema.find("type");
    bool known = type != schema.end() && (*type == "string" || *type == "integer" || *type == "boolean");
    if (!known) return refuse("needs \"type\": string, integer or boolean");
    std::string header = annotation.get<std::string>();
    if (!names_.insert(to_lower(header)).second) return refuse("names " + header + " twice");
    found_.push_back({std::move(header), path_, type->get<std::string>()});
  }

  void refuse(std::string why) {
    std::string where;
    for (const std::string& name : path_) where.append(where.empty() ? "" : ".").append(name);
    problem_ =
        std::string(kAnnotation) + " at " + (where.empty() ? "the root" : json_quote(where)) + " " + why;
  }

  std::vector<ParamHeader> found_;
  std::set<std::string> names_;
  std::vector<std::string> path_;
  std::string problem_;
};

std::string_view value_at(std::string_view arguments, const std::vector<std::string>& path) {
  for (const std::string& name : path) arguments = json::member_of(arguments, name);
  return arguments == "null" ? std::string_view() : arguments;
}

std::optional<double> as_number(std::string_view text) {
  double number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `42.0` and `4.2e1` are the integer 42 (JSON Schema 2020-12 core §4.2.3); plain digits travel as they are.
std::string integer_text(std::string_view raw) {
  if (raw.find_first_of(".eE") == raw.npos) return std::string(raw);
  auto number = as_number(raw);
  if (!number || std::trunc(*number) != *number || std::abs(*number) > kMaxSafeInteger)
    return std::string(raw);
  return std::to_string(static_cast<std::int64_t>(*number));
}

bool is_unsafe(std::string_view raw) {
  auto number = json::type_of(raw) == json::Type::kNumber ? as_number(raw) : std::nullopt;
  return number && std::abs(*number) > kMaxSafeInteger;
}

// What the header says for a raw value; nullopt for what no header can carry.
std::optional<std::string> text_of(std::string_view raw) {
  switch (raw.empty() ? json::Type::kNull : json::type_of(raw)) {
    case json::Type::kString: {
      auto text = json::decode_string(raw);
      if (!text) return std::nullopt;
      return *text;
    }
    case json::Type::kNumber: return integer_text(raw);
    case json::Type::kBoolean: return std::string(raw);
    default: return std::nullopt;
  }
}

bool same(std::string_view raw, const std::string& body, const std::string& header) {
  if (body == header) return true;
  if (json::type_of(raw) != json::Type::kNumber) return false;
  // 2026-07-28 transports: integers SHOULD compare as numbers. Outside the safe range doubles would lie.
  auto a = as_number(body);
  auto b = as_number(header);
  return a && b && *a == *b && std::abs(*a) <= kMaxSafeInteger;
}

std::optional<jsonrpc::RpcError> check_one(const ParamHeader& declared, const HeaderLookup& header,
                                           std::string_view arguments) {
  std::string name = std::string(kParamHeaderPrefix) + declared.header;
  std::string_view raw = value_at(arguments, declared.path);
  auto body = text_of(raw);
  auto value = header(name);
  // Integers MUST lie in the safe range (x-mcp-header): clients may not know how to send others.
  if (!value)
    return body && !is_unsafe(raw) ? std::optional(header_mismatch(name, "is missing")) : std::nullopt;
  if (!body) return header_mismatch(name, "has no counterpart in the arguments");
  auto decoded = decode_header_value(*value);
  if (!decoded) return header_mismatch(name, "is malformed: " + decoded.error().message);
  if (same(raw, *body, *decoded)) return std::nullopt;
  return header_mismatch(name, "does not match the body", *decoded, *body);
}

}  // namespace

Result<std::vector<ParamHeader>> find_param_headers(std::string_view input_schema) {
  // Nearly no schema has the annotation; a key may be written with escapes.
  bool may_have =
      input_schema.find(kAnnotation) != input_schema.npos || input_schema.find("\\u") != input_schema.npos;
  if (!may_have) return std::vector<ParamHeader>();
  auto schema = json::parse(input_schema, kMaxDepth);
  if (!schema) return fail(ErrorCode::kInvalid, "inputSchema: " + schema.error().message);
  return Finder().run(*schema);
}

HeaderList param_headers(const std::vector<ParamHeader>& declared, std::string_view arguments) {
  HeaderList headers;
  for (const ParamHeader& param : declared) {
    auto text = text_of(value_at(arguments, param.path));
    if (text)
      headers.emplace_back(std::string(kParamHeaderPrefix) + param.header, encode_header_value(*text));
  }
  return headers;
}

std::optional<jsonrpc::RpcError> check_param_headers(const std::vector<ParamHeader>& declared,
                                                     const HeaderLookup& header, std::string_view arguments) {
  for (const ParamHeader& param : declared) {
    if (auto wrong = check_one(param, header, arguments)) return wrong;
  }
  return std::nullopt;
}

}  // namespace mcp::protocol
