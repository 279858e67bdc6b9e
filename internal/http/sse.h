#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/bytes.h"
#include "internal/base/error.h"
#include "internal/base/rope.h"

namespace mcp::http {

// One Server-Sent Event (WHATWG HTML §9.2). `id` absent is not the same as empty.
struct SseEvent {
  std::string event;  // empty means "message"
  Bytes data;
  std::optional<std::string> id;
  std::optional<std::int64_t> retry_ms;
};

// The event as it travels. Line breaks in data become further data lines.
std::string encode_sse(const SseEvent& event);
// An event, of the default type unless one is named, whose data is shared when it is large, unless it holds
// line breaks.
Rope frame_sse(const std::optional<std::string>& id, const Rope& data, std::string_view type = {});
// ": text" and a blank line.
std::string encode_sse_comment(std::string_view text);

// Takes a stream's bytes apart. Pure. Knows LF, CRLF, CR, a leading BOM, comments, fields split anywhere.
// An event with fields but no data is handed out too (with empty data): MCP's priming event carries its id.
class SseDecoder {
 public:
  explicit SseDecoder(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  void feed(std::string_view bytes);
  // The next whole event, nullopt when more bytes are needed. An event that the stream's end cuts short never
  // comes. Errors: kLimit (the event's lines hold more than max_event_bytes, line ends not counted; poisons
  // the stream).
  Result<std::optional<SseEvent>> next();

 private:
  std::optional<std::string_view> next_line();
  void take_field(std::string_view name, std::string_view value);
  void take_line(std::string_view line);
  SseEvent take_event();

  std::size_t max_event_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;        // of the current line in buffer_
  std::size_t search_ = 0;       // where the search for its end goes on
  std::size_t event_bytes_ = 0;  // of the event's lines so far
  bool at_start_ = true;         // a BOM may come
  bool skip_line_feed_ = false;  // the last line ended with CR: its LF may follow
  bool has_fields_ = false;
  bool has_data_ = false;
  bool poisoned_ = false;
  SseEvent event_;
  std::string data_;
};

}  // namespace mcp::http
