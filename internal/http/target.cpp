#include "internal/http/target.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_dot_segment(std::string_view path) {
  if (path.find('.') == std::string_view::npos) return false;
  auto segments = split(path, '/');
  return std::any_of(segments.begin(), segments.end(),
                     [](std::string_view s) { return s == "." || s == ".."; });
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(ErrorCode::kInvalid, "broken percent escape");
    if (high == 0 && low == 0) return fail(ErrorCode::kInvalid, "NUL");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Target> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return fail(ErrorCode::kInvalid, "the request target is not a path",
                "send GET /path, with the host in Host");
  }
  if (target.find('#') != std::string_view::npos)
    return fail(ErrorCode::kInvalid, "fragment in the request target");
  auto mark = target.find('?');
  Target out;
  if (mark != std::string_view::npos) out.query = target.substr(mark + 1);
  std::string_view raw = target.substr(0, mark);
  if (raw.find('%') == std::string_view::npos) {
    out.path = raw;
  } else {
    auto path = percent_decode(raw);
    if (!path) return fail(std::move(path.error()).wrap("request target"));
    out.path = std::move(*path);
  }
  if (has_dot_segment(out.path)) return fail(ErrorCode::kInvalid, "dot segment in the request target");
  return out;
}

bool is_valid_host(std::string_view value) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=%:[]";
  return std::all_of(value.begin(), value.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace mcp::http
