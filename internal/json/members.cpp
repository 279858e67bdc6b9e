#include "internal/json/members.h"

namespace mcp::json {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Steps over the values of one object or array.
class Walk {
 public:
  Walk(std::string_view text, char open) : text_(text) {
    skip_blanks();
    inside_ = at_ < text_.size() && text_[at_] == open;
    if (inside_) ++at_;
  }

  // Is there another member or element?
  bool next() {
    if (!inside_) return false;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      skip_blanks();
    }
    return at_ < text_.size() && text_[at_] != '}' && text_[at_] != ']';
  }

  std::string_view value() {
    skip_blanks();
    std::size_t begin = at_;
    skip_value();
    return text_.substr(begin, at_ - begin);
  }

  // The key as it is written, with its quotes; the colon behind it is passed.
  std::string_view key() {
    std::string_view key = value();
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ':') {
      ++at_;
    } else {
      inside_ = false;
    }
    return key;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }

  void skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos) break;
      if (text_[at_] == '"') {
        ++at_;
        return;
      }
      ++at_;  // what a backslash escapes
    }
    at_ = text_.size();
    inside_ = false;
  }

  void skip_container() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
    inside_ = false;
  }

  void skip_value() {
    char first = at_ < text_.size() ? text_[at_] : ',';
    if (first == '"') return skip_string();
    if (first == '{' || first == '[') return skip_container();
    std::size_t begin = at_;
    while (at_ < text_.size() && !blank(text_[at_]) &&
           std::string_view(",:]}").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    if (at_ == begin) inside_ = false;  // not JSON: no step, no end
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool inside_ = false;
};

bool names(std::string_view raw_key, std::string_view key) {
  if (raw_key.find('\\') == std::string_view::npos) {
    return raw_key.size() == key.size() + 2 && raw_key.substr(1, key.size()) == key;
  }
  auto text = decode_string(raw_key);
  return text && *text == key;
}

}  // namespace

std::vector<Field> members_of(std::string_view object) {
  std::vector<Field> members;
  Walk walk(object, '{');
  while (walk.next()) {
    auto key = decode_string(walk.key());
    std::string_view value = walk.value();
    if (!key || value.empty()) break;
    members.push_back({std::move(*key), value});
  }
  return members;
}

std::string_view member_of(std::string_view object, std::string_view key) {
  Walk walk(object, '{');
  while (walk.next()) {
    std::string_view name = walk.key();
    std::string_view value = walk.value();
    if (names(name, key)) return value;
  }
  return {};
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  Walk walk(array, '[');
  while (walk.next()) {
    std::string_view value = walk.value();
    if (value.empty()) break;
    elements.push_back(value);
  }
  return elements;
}

}  // namespace mcp::json
