#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "internal/http/message.h"

namespace mcp::http {

// The Date field's value, made once a second.
class DateCache {
 public:
  std::string_view now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

// How the body of a response is delimited.
enum class Framing { kLength, kChunked, kUntilClose, kNone };

struct HeadOptions {
  Framing framing = Framing::kLength;
  std::size_t length = 0;
  bool close = false;       // Connection: close
  bool keep_alive = false;  // Connection: keep-alive, for HTTP/1.0
};

// Appends status line and fields. Date, Content-Length, Transfer-Encoding, Connection are the writer's own:
// such fields in `headers` are left out, and so are fields that would break the framing (CR, LF, NUL).
void write_response_head(std::string& out, DateCache& date, int status, const Headers& headers,
                         const HeadOptions& options);

// True for fields whose name and value are safe to send.
bool is_sendable(std::string_view name, std::string_view value);

// A status that never has a body (RFC 9110 §6.4.1).
bool is_bodyless(int status);

}  // namespace mcp::http
