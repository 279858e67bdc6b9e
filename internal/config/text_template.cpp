#include "internal/config/text_template.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::config {
namespace {

tl::unexpected<Error> not_understood(std::string_view inside) {
  if (inside.starts_with("input:")) {
    return fail(ErrorCode::kInvalid,
                "\"${" + std::string(inside) + "}\" asks a person, and nobody is asked here",
                "write \"${env:NAME}\" or \"${file:/PATH}\" in its place");
  }
  return fail(ErrorCode::kInvalid, "\"${" + std::string(inside) + "}\" is not understood",
              "write ${NAME}, ${NAME:-default}, ${env:NAME} or ${file:/PATH}; $${ stands for ${");
}

Result<Segment> parse_replacement(std::string_view inside) {
  if (inside.starts_with("file:")) {
    std::string_view path = inside.substr(5);
    if (!path.starts_with('/')) return not_understood(inside);
    return Segment{Segment::Kind::kFile, std::string(path)};
  }
  std::string_view name = inside.starts_with("env:") ? inside.substr(4) : inside;
  auto dash = name.find(":-");
  Segment segment{Segment::Kind::kVariable, std::string(name.substr(0, dash))};
  if (dash != std::string_view::npos) segment.fallback = name.substr(dash + 2);
  if (!is_variable_name(segment.text))
    return not_understood(name.substr(0, dash) == name ? inside : name.substr(0, dash));
  return segment;
}

void add_literal(std::vector<Segment>& segments, std::string_view text) {
  if (text.empty()) return;
  if (!segments.empty() && segments.back().kind == Segment::Kind::kLiteral) {
    segments.back().text += text;
  } else {
    segments.push_back({Segment::Kind::kLiteral, std::string(text)});
  }
}

}  // namespace

bool is_variable_name(std::string_view name) {
  auto word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), word);
}

Result<std::vector<Segment>> parse_template(std::string_view text) {
  std::vector<Segment> segments;
  while (!text.empty()) {
    auto at = text.find("${");
    bool escaped = at != std::string_view::npos && at > 0 && text[at - 1] == '$';
    if (at == std::string_view::npos || escaped) {
      add_literal(segments, escaped ? text.substr(0, at - 1) : text);
      if (escaped) add_literal(segments, "${");
      text.remove_prefix(escaped ? at + 2 : text.size());
      continue;
    }
    add_literal(segments, text.substr(0, at));
    auto close = text.find('}', at);
    if (close == std::string_view::npos) {
      return fail(ErrorCode::kInvalid, "a \"${\" is never closed", "write $${ for a literal ${");
    }
    MCP_ASSIGN(Segment segment, parse_replacement(text.substr(at + 2, close - at - 2)));
    segments.push_back(std::move(segment));
    text.remove_prefix(close + 1);
  }
  return segments;
}

std::string escape_template(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") out += '$';
    out += text[i];
  }
  return out;
}

}  // namespace mcp::config
