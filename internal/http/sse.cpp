#include "internal/http/sse.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mcp::http {
namespace {

constexpr std::string_view kBom = "\xef\xbb\xbf";

// The first CR or LF at or after `from`.
std::size_t find_line_end(std::string_view text, std::size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  std::size_t line_feed = text.find('\n', from);
  std::size_t carriage_return = text.substr(0, line_feed).find('\r', from);
  return std::min(line_feed, carriage_return);
}

// Two searches for one byte are many times as fast as one for either.
bool is_one_line(std::string_view text) {
  return text.find('\n') == std::string_view::npos && text.find('\r') == std::string_view::npos;
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  // A line break would start another field.
  std::copy_if(value.begin(), value.end(), std::back_inserter(out),
               [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  out += '\n';
}

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    std::size_t end = find_line_end(data, 0);
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    bool pair = data.substr(end, 2) == "\r\n";
    data.remove_prefix(end + (pair ? 2 : 1));
  }
}

}  // namespace

std::string encode_sse(const SseEvent& event) {
  std::string out;
  out.reserve(event.data.size() + 64);
  if (!event.event.empty()) append_line(out, "event", event.event);
  if (event.id) append_line(out, "id", *event.id);
  if (event.retry_ms) append_line(out, "retry", std::to_string(*event.retry_ms));
  append_data(out, event.data.view());
  return out += '\n';
}

Rope frame_sse(const std::optional<std::string>& id, const Rope& data, std::string_view type) {
  bool one_line = true;
  for (std::size_t i = 0; one_line && i < data.parts(); ++i) one_line = is_one_line(data.part(i).view());
  if (!one_line) {
    SseEvent event;
    event.event = type;
    event.data = data;
    event.id = id;
    return Bytes::adopt(encode_sse(event));
  }
  std::string head;
  if (!type.empty()) append_line(head, "event", type);
  if (id) append_line(head, "id", *id);
  return Rope::frame(std::move(head.append("data: ")), data, "\n\n");
}

std::string encode_sse_comment(std::string_view text) {
  std::string out;
  append_line(out, "", text);
  return out += '\n';
}

void SseDecoder::feed(std::string_view bytes) {
  if (poisoned_) return;
  buffer_.erase(0, begin_);
  search_ -= begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

Result<std::optional<SseEvent>> SseDecoder::next() {
  while (!poisoned_) {
    auto line = next_line();
    std::size_t pending = line ? line->size() : buffer_.size() - begin_;
    if (event_bytes_ + pending > max_event_bytes_) {
      poisoned_ = true;
      break;
    }
    if (!line) return std::nullopt;
    if (!line->empty()) {
      take_line(*line);
    } else if (has_fields_) {
      return take_event();
    } else {
      event_bytes_ = 0;
    }
  }
  buffer_ = std::string();
  begin_ = search_ = 0;
  return fail(ErrorCode::kLimit,
              "event stream: an event is longer than " + std::to_string(max_event_bytes_) + " bytes");
}

// The next whole line without its end; valid until feed().
std::optional<std::string_view> SseDecoder::next_line() {
  std::string_view text = buffer_;
  if (at_start_) {
    auto head = text.substr(0, kBom.size());
    if (head.size() < kBom.size() && kBom.starts_with(head)) return std::nullopt;
    if (head == kBom) begin_ = search_ = kBom.size();
    at_start_ = false;
  }
  if (skip_line_feed_ && begin_ < text.size()) {
    skip_line_feed_ = false;
    if (text[begin_] == '\n') search_ = ++begin_;
  }
  std::size_t end = find_line_end(text, search_);
  if (end == std::string_view::npos) {
    search_ = text.size();
    return std::nullopt;
  }
  auto line = text.substr(begin_, end - begin_);
  skip_line_feed_ = text[end] == '\r';
  begin_ = search_ = end + 1;
  return line;
}

void SseDecoder::take_line(std::string_view line) {
  if (line.front() == ':') return;
  event_bytes_ += line.size();
  auto colon = line.find(':');
  if (colon == std::string_view::npos) return take_field(line, {});
  auto value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(line.substr(0, colon), value);
}

void SseDecoder::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_.append(value);
    has_data_ = true;
  } else if (name == "event") {
    event_.event = value;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    event_.id = std::string(value);
  } else if (name == "retry") {
    std::int64_t millis = 0;
    bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
    auto failed = std::from_chars(value.data(), value.data() + value.size(), millis).ec;
    if (!digits || failed != std::errc()) return;
    event_.retry_ms = millis;
  } else {
    return;  // unknown fields are ignored
  }
  has_fields_ = true;
}

SseEvent SseDecoder::take_event() {
  event_.data = data_.empty() ? Bytes() : Bytes::adopt(std::move(data_));
  data_ = std::string();
  event_bytes_ = 0;
  has_fields_ = has_data_ = false;
  return std::exchange(event_, SseEvent());
}

}  // namespace mcp::http
