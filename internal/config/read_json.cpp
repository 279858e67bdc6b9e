#include <iterator>

#include <nlohmann/json.hpp>

#include "internal/config/node.h"
#include "internal/config/value.h"

namespace mcp::config {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMaxDepth = 32;

std::size_t skip_string(std::string_view text, std::size_t quote) {
  std::size_t i = quote + 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

std::size_t comment_end(std::string_view text, std::size_t start) {
  bool block = text[start + 1] == '*';
  auto end = text.find(block ? "*/" : "\n", start + 2);
  if (end == std::string_view::npos) return text.size();
  return block ? end + 2 : end;
}

// Blanks comments and trailing commas out, so that every offset stays what it was.
std::string strip_comments(std::string_view text) {
  std::string out(text);
  auto comma = std::string::npos;  // the last one, while only blanks have followed
  for (std::size_t i = 0; i < out.size();) {
    char c = out[i];
    if (c == '/' && i + 1 < out.size() && (out[i + 1] == '/' || out[i + 1] == '*')) {
      auto end = comment_end(text, i);
      for (; i < end; ++i) {
        if (out[i] != '\n') out[i] = ' ';
      }
      continue;
    }
    if (c == '}' || c == ']') {
      if (comma != std::string::npos) out[comma] = ' ';
    }
    bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) comma = c == ',' ? i : std::string::npos;
    i = c == '"' ? skip_string(text, i) : i + 1;
  }
  return out;
}

// Tells how far the parser has read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    auto old = *this;
    ++*this;
    return old;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

// Builds the tree from the parser's events; a token starts at the first character after the previous
// one that is neither blank nor a separator.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(const std::string& path, std::string_view text)
      : path_(path), text_(text), furthest_(text.data()) {}

  const char** furthest() { return &furthest_; }
  Result<Node> take() && {
    if (failure_) return fail(std::move(*failure_));
    return std::move(root_);
  }

  bool null() override { return scalar(Node::Kind::kNull); }
  bool boolean(bool value) override {
    return scalar(Node::Kind::kBoolean, [&](Node& node) { node.boolean = value; });
  }
  bool number_integer(number_integer_t value) override {
    return scalar(Node::Kind::kInteger, [&](Node& node) { node.integer = value; });
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return number_float(0, std::to_string(value));
    return number_integer(static_cast<number_integer_t>(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return scalar(Node::Kind::kFloat, [&](Node& node) { node.text = text; });
  }
  bool string(string_t& value) override {
    return scalar(Node::Kind::kString, [&](Node& node) { node.text = std::move(value); });
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::Kind::kTable); }
  bool start_array(std::size_t) override { return open(Node::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Position at = next_position();
    Node& table = *open_.back();
    if (table.find(name) != nullptr)
      return refuse(at, "key \"" + name + "\" appears twice", "remove one of the two");
    table.add(std::move(name), at, Node{});
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    auto offset = static_cast<std::size_t>(furthest_ - text_.data());
    return refuse(
        locate(offset == 0 ? 0 : offset - 1), "not valid JSON",
        "look for a comma, quote or bracket that is missing or too much at this place or before it");
  }

 private:
  bool refuse(Position at, const std::string& what, std::string hint) {
    Origin origin{Origin::Kind::kFile, path_, at};
    if (!failure_) failure_ = Error{ErrorCode::kConfig, origin.to_string() + ": " + what, std::move(hint)};
    return false;
  }

  Position locate(std::size_t offset) {
    for (; counted_ < offset && counted_ < text_.size(); ++counted_) {
      line_ = text_[counted_] == '\n' ? line_ + 1 : line_;
      if (text_[counted_] == '\n') line_start_ = counted_ + 1;
    }
    return {line_, static_cast<unsigned>(offset - line_start_ + 1)};
  }

  Position next_position() {
    auto start = text_.find_first_not_of(" \t\r\n,:", previous_end_);
    previous_end_ = static_cast<std::size_t>(furthest_ - text_.data());
    return locate(std::min(start, text_.size()));
  }

  Node& place(Node node) {
    if (open_.empty()) return root_ = std::move(node);
    Node& parent = *open_.back();
    if (parent.kind == Node::Kind::kList) return parent.items.emplace_back(std::move(node));
    return parent.members.back().value = std::move(node);
  }

  bool scalar(Node::Kind kind) {
    return scalar(kind, [](Node&) {});
  }
  template <class Fill>
  bool scalar(Node::Kind kind, Fill fill) {
    Node node;
    node.kind = kind;
    node.at = next_position();
    fill(node);
    place(std::move(node));
    return true;
  }

  bool open(Node::Kind kind) {
    Node node;
    node.kind = kind;
    node.at = next_position();
    if (open_.size() == kMaxDepth) return refuse(node.at, "nested deeper than 32 levels", "");
    open_.push_back(&place(std::move(node)));
    return true;
  }

  bool close() {
    previous_end_ = std::max(previous_end_, static_cast<std::size_t>(furthest_ - text_.data()));
    open_.pop_back();
    return true;
  }

  std::string path_;
  std::string_view text_;
  const char* furthest_;
  std::size_t previous_end_ = 0;
  std::size_t counted_ = 0, line_start_ = 0;
  unsigned line_ = 1;
  Node root_;
  std::vector<Node*> open_;  // a parent's children do not move while a child is open
  std::optional<Error> failure_;
};

}  // namespace

Result<Node> read_json(const std::string& path, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string stripped = strip_comments(text);
  Builder builder(path, stripped);
  const char* first = stripped.data();
  CountingIterator begin(first, builder.furthest());
  CountingIterator end(first + stripped.size(), builder.furthest());
  Json::sax_parse(begin, end, &builder);
  return std::move(builder).take();
}

}  // namespace mcp::config
