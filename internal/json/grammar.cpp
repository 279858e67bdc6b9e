#include "internal/json/grammar.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "internal/base/strings.h"

namespace mcp::json {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_plain_text(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// The same of any of eight bytes.
bool end_plain_text(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighBits = kOnes << 7;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  auto below = [](std::uint64_t x, std::uint64_t n) { return (x - kOnes * n) & ~x & kHighBits; };
  return (below(word, 0x20) | below(word ^ (kOnes * '"'), 1) | below(word ^ (kOnes * '\\'), 1)) != 0;
}

class Checker {
 public:
  Checker(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  // nullptr, or what is wrong.
  const char* run() {
    for (;;) {
      const char* wrong = value();
      if (wrong == nullptr) wrong = close();
      if (wrong != nullptr) return wrong;
      if (objects_.empty()) break;
    }
    skip_blanks();
    return at_ == text_.size() ? nullptr : "something stands behind the end";
  }
  bool too_deep() const { return too_deep_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }

  // Up to the end of a scalar or of an empty container, opening others on the way.
  const char* value() {
    for (;;) {
      skip_blanks();
      char first = peek();
      if (first == '"') return string();
      if (first != '{' && first != '[') return scalar();
      if (objects_.size() >= max_depth_) {
        too_deep_ = true;
        return "nested too deeply";
      }
      ++at_;
      objects_.push_back(first == '{');
      skip_blanks();
      if (peek() == (first == '{' ? '}' : ']')) return nullptr;
      if (first != '{') continue;
      if (const char* wrong = key()) return wrong;
    }
  }

  // Behind a value: closes what ends here, and stops before the next value.
  const char* close() {
    while (!objects_.empty()) {
      skip_blanks();
      char next = peek();
      if (next == (objects_.back() ? '}' : ']')) {
        ++at_;
        objects_.pop_back();
        continue;
      }
      if (next != ',') return "a comma or an end is missing";
      ++at_;
      skip_blanks();
      return objects_.back() ? key() : nullptr;
    }
    return nullptr;
  }

  const char* key() {
    if (peek() != '"') return "a key is missing";
    if (const char* wrong = string()) return wrong;
    skip_blanks();
    if (peek() != ':') return "a colon is missing";
    ++at_;
    return nullptr;
  }

  const char* scalar() {
    std::size_t end = at_;
    while (end < text_.size() && !blank(text_[end]) && std::strchr(",]}", text_[end]) == nullptr) ++end;
    std::string_view token = text_.substr(at_, end - at_);
    at_ = end;
    if (token == "true" || token == "false" || token == "null" || is_number(token)) return nullptr;
    return "a value is missing or none";
  }

  const char* string() {
    for (++at_;;) {
      while (at_ + 8 <= text_.size() && !end_plain_text(text_.data() + at_)) at_ += 8;
      while (at_ < text_.size() && !ends_plain_text(text_[at_])) ++at_;
      if (at_ == text_.size()) return "a string has no end";
      char c = text_[at_++];
      if (c == '"') return nullptr;
      if (c != '\\') return "a control character in a string";
      if (!escape()) return "a bad escape in a string";
    }
  }

  // Half a surrogate pair may stand alone (RFC 8259 §8.2): it breaks no rule of the grammar.
  bool escape() {
    char c = peek();
    ++at_;
    if (c != 'u') return c != '\0' && std::strchr("\"\\/bfnrt", c) != nullptr;
    std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    at_ += digits.size();
    return digits.size() == 4 && std::all_of(digits.begin(), digits.end(), hex);
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::vector<bool> objects_;  // of the open containers: is it an object?
  bool too_deep_ = false;
};

}  // namespace

bool is_number(std::string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    std::size_t begin = at;
    while (at < text.size() && digit(text[at])) ++at;
    return at - begin;
  };
  auto any_of = [&](std::string_view set) {
    return at < text.size() && set.find(text[at]) != set.npos && ++at;
  };
  any_of("-");
  bool zero = at < text.size() && text[at] == '0';
  std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (any_of(".") && digits() == 0) return false;
  if (any_of("eE")) {
    any_of("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}

Result<void> check_grammar(std::string_view text, std::size_t max_depth) {
  Checker checker(text, max_depth);
  const char* wrong = checker.run();
  if (checker.too_deep())
    return fail(ErrorCode::kLimit, "JSON nested deeper than " + std::to_string(max_depth) + " levels");
  if (wrong != nullptr) return fail(ErrorCode::kMalformed, std::string("not valid JSON: ") + wrong);
  if (!is_valid_utf8(text)) return fail(ErrorCode::kMalformed, "not valid JSON: not UTF-8");
  return {};
}

}  // namespace mcp::json
