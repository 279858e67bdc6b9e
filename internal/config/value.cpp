#include "internal/config/value.h"

#include <charconv>
#include <limits>
#include <span>

#include "internal/base/strings.h"

namespace mcp::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// A whole number followed by one unit; nullopt when it is anything else or too large.
std::optional<std::int64_t> with_unit(std::string_view text, std::span<const Unit> units) {
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit != name) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
    return count * factor;
  }
  return std::nullopt;
}

}  // namespace

std::string_view describe(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kTable: return "a table";
    case Node::Kind::kList: return "a list";
    case Node::Kind::kString: return "a string";
    case Node::Kind::kInteger: return "an integer";
    case Node::Kind::kFloat: return "a fraction";
    case Node::Kind::kBoolean: return "a boolean";
    case Node::Kind::kDate: return "a date";
    case Node::Kind::kNull: return "null";
  }
  return "unknown";
}

std::string_view to_string(Type type) {
  switch (type) {
    case Type::kString: return "string";
    case Type::kInteger: return "integer";
    case Type::kBoolean: return "boolean";
    case Type::kDuration: return "duration";
    case Type::kSize: return "size";
    case Type::kStringList: return "list of strings";
    case Type::kSecretMap: return "table of strings";
  }
  return "unknown";
}

std::string Origin::to_string() const {
  switch (kind) {
    case Kind::kDefault: return "default";
    case Kind::kFile: return name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    case Kind::kEnvironment: return "environment variable " + name;
    case Kind::kFlag: return name;
  }
  return "unknown";
}

Result<std::int64_t> parse_duration_ms(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  if (text == "0") return 0;
  if (auto value = with_unit(text, kUnits)) return *value;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is not a duration",
              "write a number and ms, s, m, h or d: \"30s\"");
}

Result<std::int64_t> parse_size_bytes(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
  if (auto value = with_unit(text, kUnits)) return *value;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is not a size",
              "write bytes, or a number and K, M or G: \"16M\"");
}

Result<std::int64_t> parse_cpu_percent(std::string_view text, std::int64_t max) {
  std::int64_t number = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool percent = bad == std::errc() && end + 1 == text.data() + text.size() && *end == '%';
  if (percent && number >= 1 && number <= max) return number;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no share of a processor",
              "for example \"50%\", or \"200%\" for two processors");
}

}  // namespace mcp::config
