#include "internal/http/head_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "internal/base/log.h"
#include "internal/base/strings.h"

namespace mcp::http {
namespace {

void append_number(std::string& out, std::size_t value) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool is_writers_own(std::string_view name) {
  switch (name.size()) {
    case 4: return iequals(name, "Date");
    case 10: return iequals(name, "Connection") || iequals(name, "Keep-Alive");
    case 14: return iequals(name, "Content-Length");
    case 17: return iequals(name, "Transfer-Encoding");
    default: return false;
  }
}

// RFC 9110 §5.6.2: what a field name may consist of.
constexpr auto kTokenChars = [] {
  std::array<bool, 256> table{};
  for (int c = '!'; c <= '~'; ++c) table[c] = true;
  for (char c : {'"', '(', ')', ',', '/', ':', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}'})
    table[c] = false;
  return table;
}();

void append_framing(std::string& out, int status, const HeadOptions& options) {
  if (options.framing == Framing::kChunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (options.framing == Framing::kLength && !is_bodyless(status)) {
    out += "Content-Length: ";
    append_number(out, options.length);
    out += "\r\n";
  }
}

}  // namespace

std::string_view DateCache::now() {
  std::time_t second = std::time(nullptr);
  if (second == second_) return text_;
  second_ = second;
  std::tm utc{};
  gmtime_r(&second, &utc);
  char text[40];
  text_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
  return text_;
}

bool is_sendable(std::string_view name, std::string_view value) {
  auto is_token = [](unsigned char c) { return kTokenChars[c]; };
  auto breaks_framing = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
         std::none_of(value.begin(), value.end(), breaks_framing);
}

bool is_bodyless(int status) { return status / 100 == 1 || status == 204 || status == 304; }

void write_response_head(std::string& out, DateCache& date, int status, const Headers& headers,
                         const HeadOptions& options) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out.append(" ").append(reason(status)).append("\r\n");
  append_field(out, "Date", date.now());
  for (const auto& [name, value] : headers) {
    if (is_writers_own(name)) continue;
    if (is_sendable(name, value)) {
      append_field(out, name, value);
    } else {
      log::error("response field left out: it cannot be sent", {{"status", status}});
    }
  }
  append_framing(out, status, options);
  if (options.close) out += "Connection: close\r\n";
  if (options.keep_alive && !options.close) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

}  // namespace mcp::http
