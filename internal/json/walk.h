#pragma once

#include <cstring>
#include <string_view>

namespace mcp::json {

// Steps over the members of one object or the elements of one array, a byte at a time and a string at a
// stride. Made for texts that validate() accepted; on any other it stays inside the text and says so by
// broken().
class Walk {
 public:
  Walk(std::string_view text, char open) : text_(text) {
    skip_blanks();
    inside_ = at_ < text_.size() && text_[at_] == open;
    opened_ = inside_;
    if (inside_) ++at_;
  }

  // Did the text begin with the bracket that was asked for?
  bool opened() const { return opened_; }
  bool broken() const { return broken_; }

  // Is there another member or element?
  bool next() {
    if (!inside_) return false;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      skip_blanks();
    }
    if (at_ >= text_.size()) return fail();
    return text_[at_] != '}' && text_[at_] != ']';
  }

  // The next value as it is written; empty when there is none.
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
      fail();
    }
    return key;
  }

 private:
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool ends_scalar(char c) { return blank(c) || c == ',' || c == ':' || c == ']' || c == '}'; }

  bool fail() {
    broken_ = true;
    inside_ = false;
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }

  // A quote ends the string unless an odd number of backslashes stands before it.
  void skip_string() {
    const char* end = text_.data() + text_.size();
    const char* first = text_.data() + at_ + 1;
    for (const char* from = first; from < end;) {
      const auto* quote =
          static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end - from)));
      if (quote == nullptr) break;
      const char* slash = quote;
      while (slash > first && slash[-1] == '\\') --slash;
      from = quote + 1;
      if ((quote - slash) % 2 == 0) {
        at_ = static_cast<std::size_t>(from - text_.data());
        return;
      }
    }
    at_ = text_.size();
    fail();
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
    fail();
  }

  void skip_value() {
    char first = at_ < text_.size() ? text_[at_] : ',';
    if (first == '"') return skip_string();
    if (first == '{' || first == '[') return skip_container();
    std::size_t begin = at_;
    while (at_ < text_.size() && !ends_scalar(text_[at_])) ++at_;
    if (at_ == begin) fail();  // not JSON: no step, no end
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool inside_ = false;
  bool opened_ = false;
  bool broken_ = false;
};

}  // namespace mcp::json
