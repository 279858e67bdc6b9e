#include "internal/json/scan.h"

#include <charconv>
#include <iterator>
#include <unordered_set>

#include <simdjson.h>

#include "internal/base/strings.h"
#include "internal/json/escapes.h"
#include "internal/json/grammar.h"
#include "internal/json/walk.h"

namespace mcp::json {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= Bytes::kPadding);

constexpr std::size_t kWideObject = 16;
constexpr std::size_t kUsualWidth = 6;

// A parser's buffers grow to the largest text seen and stay. So one parser a thread serves texts up to this
// size; larger ones are walked, which costs no memory.
constexpr std::size_t kLargeText = 1 << 20;

// A parser is made for one depth: one for what anyone may send, one for those whom the configuration allows
// less.
simdjson::dom::parser& dom_parser(int max_depth) {
  struct Sized {
    simdjson::dom::parser parser;
    int depth = 0;
  };
  thread_local Sized usual, other;
  Sized& sized = max_depth == kMaxDepth ? usual : other;
  if (sized.depth != max_depth) {
    auto made = sized.parser.allocate(sized.parser.capacity(), static_cast<std::size_t>(max_depth));
    sized.depth = made == simdjson::SUCCESS ? max_depth : 0;
  }
  return sized.parser;
}

simdjson::error_code parse_whole(const Bytes& text, int max_depth) {
  return dom_parser(max_depth).parse(text.data(), text.size(), /*realloc_if_needed=*/false).error();
}

tl::unexpected<Error> malformed(simdjson::error_code code) {
  return fail(ErrorCode::kMalformed, std::string("not valid JSON: ") + simdjson::error_message(code));
}

}  // namespace

Result<void> validate(const Bytes& text, int max_depth) {
  if (text.size() > kLargeText) return check_grammar(text.view(), static_cast<std::size_t>(max_depth));
  auto code = parse_whole(text, max_depth);
  if (code == simdjson::SUCCESS) return {};
  // RFC 8259 sets no range for numbers (§6) and lets half a surrogate pair stand (§8.2); simdjson's DOM stops
  // at 64 bits, and at such a half.
  if (code == simdjson::NUMBER_ERROR || code == simdjson::STRING_ERROR)
    return check_grammar(text.view(), static_cast<std::size_t>(max_depth));
  if (code == simdjson::DEPTH_ERROR) {
    return fail(ErrorCode::kLimit, "JSON nested deeper than " + std::to_string(max_depth) + " levels");
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

bool Fields::add(std::string_view raw_key, std::string_view raw_value) {
  bool quoted = raw_key.size() >= 2 && raw_key.front() == '"' && raw_key.back() == '"';
  if (!quoted) return false;
  if (fields_.empty()) fields_.reserve(kUsualWidth);
  std::string_view key = raw_key.substr(1, raw_key.size() - 2);
  if (key.find('\\') != std::string_view::npos) {
    auto text = decode_string(raw_key);
    if (!text) return false;
    key = decoded_.emplace_front(std::move(*text));
  }
  fields_.push_back({key, raw_value});
  return true;
}

Result<Fields> scan_object(const Bytes& text) {
  Walk walk(text.view(), '{');
  if (!walk.opened()) return fail(ErrorCode::kMalformed, "not a JSON object");
  Fields fields;
  std::unordered_set<std::string_view> wide_keys;  // filled only for objects too wide for a linear search
  while (walk.next()) {
    std::string_view raw_key = walk.key();
    std::string_view value = walk.value();
    if (walk.broken() || !fields.add(raw_key, value)) break;
    std::string_view key = std::prev(fields.end())->key;
    bool wide = fields.size() > kWideObject;
    if (wide && wide_keys.empty()) {
      for (const Field& field : fields) wide_keys.insert(field.key);
      if (wide_keys.size() == fields.size()) continue;
    }
    bool twice = wide ? !wide_keys.insert(key).second : fields.find(key) != &std::prev(fields.end())->raw;
    if (twice) return fail(ErrorCode::kMalformed, "key " + json_quote(key) + " appears twice");
  }
  if (walk.broken()) return fail(ErrorCode::kMalformed, "not a JSON object");
  return fields;
}

Result<std::vector<std::string_view>> scan_array(const Bytes& text, std::size_t max) {
  Walk walk(text.view(), '[');
  if (!walk.opened()) return fail(ErrorCode::kMalformed, "not a JSON array");
  std::vector<std::string_view> elements;
  while (elements.size() < max && walk.next()) elements.push_back(walk.value());
  if (walk.broken()) return fail(ErrorCode::kMalformed, "not a JSON array");
  return elements;
}

Result<std::string> decode_string(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"')
    return fail(ErrorCode::kMalformed, "not a string");
  std::string_view inner = raw.substr(1, raw.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  auto text = unescape(inner);
  if (!text) return fail(ErrorCode::kMalformed, "not a string");
  return std::move(*text);
}

std::optional<std::int64_t> decode_integer(std::string_view raw) {
  std::int64_t value = 0;
  auto [end, failed] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (failed != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

}  // namespace mcp::json
