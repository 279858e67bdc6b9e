#include "internal/protocol/uri_template.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "internal/base/strings.h"

namespace mcp::protocol {
namespace {

constexpr std::size_t kMaxUri = 16384;  // the work is |parts| × |uri|
constexpr std::size_t kMaxParts = 64;

// A template is a row of parts; each matches a stretch of the URI.
struct Part {
  enum class Kind { kLiteral, kRun, kPairs };
  Kind kind = Kind::kLiteral;
  std::string text;                // literal: itself; run: the variable; pairs: the opening '?' or '&'
  std::string_view forbidden;      // run: what it may not contain
  std::size_t longest = kMaxUri;   // run: {x:3}
  std::vector<std::string> names;  // pairs: what may be named
};

constexpr std::string_view kSegment = "/?#";

struct Variable {
  std::string name;
  bool exploded = false;
  std::size_t longest = kMaxUri;
};

Variable parse_variable(std::string_view text) {
  Variable variable;
  if (text.ends_with('*')) {
    variable.exploded = true;
    text.remove_suffix(1);
  }
  auto colon = text.find(':');
  if (colon != text.npos) {
    std::size_t longest = 0;
    for (char c : text.substr(colon + 1))
      longest = longest * 10 + static_cast<std::size_t>(c >= '0' && c <= '9' ? c - '0' : 0);
    variable.longest = std::clamp<std::size_t>(longest, 1, kMaxUri);
    text = text.substr(0, colon);
  }
  variable.name = text;
  return variable;
}

class Compiler {
 public:
  std::vector<Part> run(std::string_view pattern) {
    while (!pattern.empty()) {
      auto open = pattern.find('{');
      auto close = open == pattern.npos ? open : pattern.find('}', open);
      if (close == pattern.npos) {
        literal(pattern);
        break;
      }
      literal(pattern.substr(0, open));
      expression(pattern.substr(open + 1, close - open - 1));
      pattern.remove_prefix(close + 1);
    }
    return std::move(parts_);
  }

 private:
  void literal(std::string_view text) {
    if (!text.empty()) parts_.push_back({Part::Kind::kLiteral, std::string(text), {}, kMaxUri, {}});
  }

  void expression(std::string_view body) {
    char op = body.empty() ? '\0' : body.front();
    if (std::string_view("+#./;?&").find(op) == std::string_view::npos) {
      op = '\0';
    } else {
      body.remove_prefix(1);
    }
    if (op == '?' || op == '&') return pairs(op, body);
    bool first = true;
    for (std::string_view text : split(body, ',')) {
      Variable variable = parse_variable(text);
      separator(op, first, variable.name);
      // {/x*} and {.x*} repeat their separator, {+x} and {#x} may hold anything (RFC 6570 §3.2.3 to §3.2.6).
      std::string_view forbidden = op == '+' || op == '#'           ? ""
                                   : op == '/' && variable.exploded ? "?#"
                                                                    : kSegment;
      parts_.push_back({Part::Kind::kRun, std::move(variable.name), forbidden, variable.longest, {}});
      first = false;
    }
  }

  void separator(char op, bool first, const std::string& name) {
    switch (op) {
      case '/':
      case '.': return literal(std::string_view(&op, 1));
      case ';': return literal(";" + name + "=");
      case '#': return literal(first ? "#" : ",");
      default: return literal(first ? "" : ",");
    }
  }

  void pairs(char op, std::string_view body) {
    Part part{Part::Kind::kPairs, std::string(1, op), {}, kMaxUri, {}};
    for (std::string_view text : split(body, ',')) part.names.push_back(parse_variable(text).name);
    parts_.push_back(std::move(part));
  }

  std::vector<Part> parts_;
};

// Which ends of each part can be reached, and from which begin: no backtracking, whatever the template.
class Matcher {
 public:
  explicit Matcher(std::string_view uri) : uri_(uri) {}

  std::optional<std::vector<std::string_view>> run(const std::vector<Part>& parts) {
    std::vector<Row> rows;
    Row reached(uri_.size() + 1, kNever);
    reached[0] = 0;
    for (const Part& part : parts) {
      Row next(uri_.size() + 1, kNever);
      step(part, reached, next);
      reached = next;
      rows.push_back(std::move(next));
    }
    if (reached[uri_.size()] == kNever) return std::nullopt;
    std::vector<std::string_view> stretches(parts.size());
    std::size_t end = uri_.size();
    for (std::size_t i = parts.size(); i-- > 0;) {
      auto begin = static_cast<std::size_t>(rows[i][end]);
      stretches[i] = uri_.substr(begin, end - begin);
      end = begin;
    }
    return stretches;
  }

 private:
  using Row = std::vector<std::int32_t>;  // by end: the begin, or kNever
  static constexpr std::int32_t kNever = -1;

  void step(const Part& part, const Row& reached, Row& next) const {
    std::int32_t begin =
        kNever;  // of the latest stretch that a run could continue: early variables are greedy
    for (std::size_t at = 0; at <= uri_.size(); ++at) {
      auto here = static_cast<std::int32_t>(at);
      bool open = reached[at] != kNever;
      if (part.kind == Part::Kind::kRun) {
        bool passes = at > 0 && part.forbidden.find(uri_[at - 1]) == std::string_view::npos;
        if (!passes) begin = kNever;
        if (begin != kNever && at - static_cast<std::size_t>(begin) <= part.longest) next[at] = begin;
        if (open) begin = here;
      } else if (open && part.kind == Part::Kind::kLiteral) {
        if (uri_.substr(at).starts_with(part.text)) next[at + part.text.size()] = here;
      } else if (open) {
        step_pairs(part, at, next);
      }
    }
  }

  // None, one or more name=value, in any order.
  void step_pairs(const Part& part, std::size_t begin, Row& next) const {
    next[begin] = static_cast<std::int32_t>(begin);
    char opening = part.text.front();
    for (std::size_t at = begin; at < uri_.size() && uri_[at] == opening; opening = '&') {
      std::size_t end = std::min(uri_.find_first_of("&#", at + 1), uri_.size());
      std::string_view name = uri_.substr(at + 1, end - at - 1);
      name = name.substr(0, name.find('='));
      if (std::find(part.names.begin(), part.names.end(), name) == part.names.end()) return;
      next[end] = static_cast<std::int32_t>(begin);
      at = end;
    }
  }

  std::string_view uri_;
};

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escape = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  // Escapes that hide something else than UTF-8 stay escapes.
  return is_valid_utf8(out) ? out : std::string(text);
}

}  // namespace

std::optional<std::map<std::string, std::string>> match_uri_template(std::string_view pattern,
                                                                     std::string_view uri) {
  if (uri.size() > kMaxUri || pattern.size() > kMaxUri) return std::nullopt;
  std::vector<Part> parts = Compiler().run(pattern);
  if (parts.size() > kMaxParts) return std::nullopt;
  auto stretches = Matcher(uri).run(parts);
  if (!stretches) return std::nullopt;
  std::map<std::string, std::string> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view stretch = (*stretches)[i];
    if (parts[i].kind == Part::Kind::kRun) values.emplace(parts[i].text, percent_decoded(stretch));
    if (parts[i].kind != Part::Kind::kPairs || stretch.empty()) continue;
    for (std::string_view pair : split(stretch.substr(1), '&')) {
      auto equals = std::min(pair.find('='), pair.size());
      std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
      values.emplace(pair.substr(0, equals), percent_decoded(value));
    }
  }
  return values;
}

}  // namespace mcp::protocol
