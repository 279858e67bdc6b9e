#include "internal/json/scan.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include <simdjson.h>
#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/grammar.h"

namespace mcp::json {
namespace {

namespace od = simdjson::ondemand;
static_assert(simdjson::SIMDJSON_PADDING <= Bytes::kPadding);

constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kWideObject = 16;
// Beyond this size a parser's memory costs more than its speed is worth.
constexpr std::size_t kLargeText = 1 << 20;

// One parser a thread: its buffers grow to the largest text seen and stay.
simdjson::dom::parser& dom_parser() {
  thread_local simdjson::dom::parser parser;
  static thread_local bool sized = parser.allocate(0, kMaxDepth) == simdjson::SUCCESS;
  (void)sized;
  return parser;
}

od::parser& walk_parser() {
  thread_local od::parser parser;
  return parser;
}

simdjson::padded_string_view padded(const Bytes& text) {
  return simdjson::padded_string_view(text.data(), text.size(), text.size() + Bytes::kPadding);
}

tl::unexpected<Error> malformed(simdjson::error_code code) {
  return fail(ErrorCode::kMalformed, std::string("not valid JSON: ") + simdjson::error_message(code));
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// The same text with every number that is one by grammar replaced by 0 and blanks, whatever its size.
Bytes with_short_numbers(std::string_view text) {
  std::string copy;
  copy.reserve(text.size() + Bytes::kPadding);
  copy = text;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (digit(text[i]) || text[i] == '-')) {
      std::size_t end = std::min(text.find_first_not_of("+-.0123456789eE", i), text.size());
      if (is_number(text.substr(i, end - i))) {
        std::fill(copy.begin() + static_cast<std::ptrdiff_t>(i),
                  copy.begin() + static_cast<std::ptrdiff_t>(end), ' ');
        copy[i] = '0';
      }
      i = end - 1;
    }
  }
  return Bytes::adopt(std::move(copy));
}

// Slices end before the blanks that simdjson's raw tokens may carry.
std::string_view raw_of(od::value value, simdjson::error_code& failed) {
  std::string_view raw;
  switch (value.type().value_unsafe()) {
    case od::json_type::object: {
      auto object = value.get_object();
      failed = object.error();
      if (!failed) failed = object.value_unsafe().raw_json().get(raw);
      break;
    }
    case od::json_type::array: {
      auto array = value.get_array();
      failed = array.error();
      if (!failed) failed = array.value_unsafe().raw_json().get(raw);
      break;
    }
    default: raw = value.raw_json_token();
  }
  return trim(raw);
}

}  // namespace

Result<void> validate(const Bytes& text) {
  if (text.size() > kLargeText) return check_grammar(text.view(), kMaxDepth);
  auto code = dom_parser().parse(text.data(), text.size(), /*realloc_if_needed=*/false).error();
  if (code == simdjson::SUCCESS) return {};
  // RFC 8259 §6 sets no range for numbers; simdjson's DOM stops at 64 bits.
  if (code == simdjson::NUMBER_ERROR) {
    Bytes plain = with_short_numbers(text.view());
    auto again = dom_parser().parse(plain.data(), plain.size(), /*realloc_if_needed=*/false).error();
    if (again == simdjson::SUCCESS) return {};
    code = again;
  }
  if (code == simdjson::DEPTH_ERROR) {
    return fail(ErrorCode::kLimit, "JSON nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  return malformed(code);
}

Type type_of(std::string_view raw) {
  switch (raw.empty() ? 'n' : raw.front()) {
    case '{': return Type::kObject;
    case '[': return Type::kArray;
    case '"': return Type::kString;
    case 't':
    case 'f': return Type::kBoolean;
    case 'n': return Type::kNull;
    default: return Type::kNumber;
  }
}

const std::string_view* Fields::find(std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.key == key) return &field.raw;
  }
  return nullptr;
}

std::string_view Fields::get(std::string_view key) const {
  const std::string_view* raw = find(key);
  return raw == nullptr ? std::string_view() : *raw;
}

Result<Fields> scan_object(const Bytes& text) {
  od::document document;
  auto code = walk_parser().iterate(padded(text)).get(document);
  if (code) return malformed(code);
  od::object object;
  if (document.get_object().get(object)) return fail(ErrorCode::kMalformed, "not a JSON object");
  Fields fields;
  std::unordered_set<std::string> wide_keys;  // filled only for objects too wide for a linear search
  for (auto member : object) {
    std::string_view key;
    od::value value;
    if ((code = member.error()) || (code = member.unescaped_key().get(key)) ||
        (code = member.value().get(value))) {
      return malformed(code);
    }
    Field field{std::string(key), raw_of(value, code)};
    if (code) return malformed(code);
    if (fields.fields_.size() == kWideObject) {
      for (const Field& earlier : fields.fields_) wide_keys.insert(earlier.key);
    }
    bool wide = fields.fields_.size() >= kWideObject;
    bool twice = wide ? !wide_keys.insert(field.key).second : fields.find(field.key) != nullptr;
    if (twice) return fail(ErrorCode::kMalformed, "key " + json_quote(field.key) + " appears twice");
    fields.fields_.push_back(std::move(field));
  }
  return fields;
}

Result<std::vector<std::string_view>> scan_array(const Bytes& text) {
  od::document document;
  auto code = walk_parser().iterate(padded(text)).get(document);
  if (code) return malformed(code);
  od::array array;
  if (document.get_array().get(array)) return fail(ErrorCode::kMalformed, "not a JSON array");
  std::vector<std::string_view> elements;
  for (auto element : array) {
    if ((code = element.error())) return malformed(code);
    elements.push_back(raw_of(element.value_unsafe(), code));
    if (code) return malformed(code);
  }
  return elements;
}

Result<std::string> decode_string(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"')
    return fail(ErrorCode::kMalformed, "not a string");
  std::string_view inner = raw.substr(1, raw.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  auto value = nlohmann::json::parse(raw, nullptr, /*allow_exceptions=*/false);
  if (!value.is_string()) return fail(ErrorCode::kMalformed, "not a string");
  return value.get<std::string>();
}

std::optional<std::int64_t> decode_integer(std::string_view raw) {
  std::int64_t value = 0;
  auto [end, failed] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (failed != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

}  // namespace mcp::json
