#include "internal/json/pretty.h"

#include <algorithm>

namespace mcp::json {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::string_view kBlanks = " \t\r\n";

class Layout {
 public:
  explicit Layout(std::string_view text) : text_(text) { out_.reserve(text.size() * 2); }

  std::string run() {
    while (at_ < text_.size()) step(text_[at_]);
    return std::move(out_);
  }

 private:
  void step(char c) {
    if (c == '"') return copy_string();
    ++at_;
    if (kBlanks.find(c) != std::string_view::npos) return;
    if (c == '{' || c == '[') return open(c);
    if (c == '}' || c == ']') return close(c);
    out_ += c;
    if (c == ',') new_line();
    if (c == ':') out_ += ' ';
  }

  void copy_string() {
    std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    out_ += text_.substr(begin, at_ - begin);
  }

  void open(char c) {
    out_ += c;
    std::size_t next = text_.find_first_not_of(kBlanks, at_);
    bool is_empty = next != std::string_view::npos && (text_[next] == '}' || text_[next] == ']');
    if (is_empty) {
      out_ += text_[next];
      at_ = next + 1;
      return;
    }
    ++depth_;
    new_line();
  }

  void close(char c) {
    if (depth_ > 0) --depth_;
    new_line();
    out_ += c;
  }

  void new_line() { out_.append("\n").append(depth_ * kIndent, ' '); }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

std::string pretty(std::string_view text) { return Layout(text).run(); }

}  // namespace mcp::json
