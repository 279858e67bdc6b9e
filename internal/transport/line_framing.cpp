#include "internal/transport/line_framing.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "internal/base/strings.h"

namespace mcp::transport {
namespace {

// From here on room for the longest line is reserved at once: pages not written cost nothing, and a large
// message is neither moved while it grows nor copied when it is given out.
constexpr std::size_t kReserveFrom = 1u << 20;

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) return false;
  }
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0x80) != 0) return false;
  }
  return true;
}

// nullptr, or what is wrong with the line.
const char* defect(std::string_view line) {
  if (std::memchr(line.data(), '\0', line.size()) != nullptr) return " holds a NUL byte";
  if (!is_ascii(line) && !is_valid_utf8(line)) return " is not valid UTF-8";
  return nullptr;
}

std::string a_line_of(std::size_t length) { return "a line of " + std::to_string(length) + " bytes"; }

}  // namespace

void LineFramer::feed(std::string_view bytes) {
  if (dropped_ > 0 && buffer_.empty()) {
    std::size_t rest = std::min(bytes.find('\n'), bytes.size());
    dropped_ += rest;
    bytes.remove_prefix(rest);
  }
  drop_consumed();
  if (buffer_.size() - start_ + bytes.size() > kReserveFrom && buffer_.capacity() < max_line_) {
    buffer_.reserve(max_line_ + bytes.size() + Bytes::kPadding);
  }
  buffer_.append(bytes);
}

// Moves what is left to the front, but each byte only a constant number of times on average.
void LineFramer::drop_consumed() {
  if (buffer_.size() == start_ && buffer_.capacity() > kReserveFrom) {
    buffer_ = std::string();
    start_ = scanned_ = 0;
  }
  bool drained = scanned_ == buffer_.size();
  if (!drained && start_ < buffer_.size() - start_) return;
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
}

Result<std::optional<Bytes>> LineFramer::next() {
  for (;;) {
    std::size_t newline = buffer_.find('\n', scanned_);
    bool whole = newline != std::string::npos;
    std::size_t length = (whole ? newline : buffer_.size()) - start_;
    bool carriage_return = length > 0 && buffer_[start_ + length - 1] == '\r';
    // A CR at the end does not count: it may belong to the line end, also when the LF has not come yet.
    std::size_t counted = carriage_return ? length - 1 : length;
    if (!whole) {
      if (counted > max_line_) begin_dropping();
      scanned_ = buffer_.size();
      return std::nullopt;
    }
    if (dropped_ + counted > max_line_) {
      if (dropped_ == 0)
        refused_ = Bytes::copy(std::string_view(buffer_).substr(start_, std::min(counted, kHeadBytes)));
      start_ = scanned_ = newline + 1;
      return fail(too_long(std::exchange(dropped_, 0) + counted));
    }
    std::string_view line(buffer_.data() + start_, counted);
    const char* wrong = is_blank(line) ? nullptr : defect(line);
    if (wrong == nullptr && !is_blank(line)) return take_line(counted, newline);
    if (wrong != nullptr) refused_ = Bytes::copy(line);
    start_ = scanned_ = newline + 1;
    if (wrong != nullptr)
      return fail(ErrorCode::kMalformed, a_line_of(counted) + wrong, "a message is one line of UTF-8 JSON");
  }
}

void LineFramer::begin_dropping() {
  refused_ = Bytes::copy(std::string_view(buffer_).substr(start_, kHeadBytes));
  dropped_ = buffer_.size() - start_;
  buffer_ = std::string();
  start_ = 0;
}

Error LineFramer::too_long(std::size_t length) const {
  return {ErrorCode::kLimit,
          a_line_of(length) + "; the limit of one message is " + std::to_string(max_line_) + " bytes", ""};
}

Bytes LineFramer::take_line(std::size_t length, std::size_t newline) {
  std::size_t behind = newline + 1;
  bool fills_buffer = length >= kReserveFrom || length >= buffer_.capacity() / 2;
  if (start_ > 0 || !fills_buffer || buffer_.size() - behind > length) {
    Bytes line = Bytes::copy(std::string_view(buffer_).substr(start_, length));
    start_ = scanned_ = behind;
    return line;
  }
  std::string rest = buffer_.substr(behind);
  std::string line = std::exchange(buffer_, std::move(rest));
  scanned_ = 0;
  line.resize(length);
  return Bytes::adopt(std::move(line));
}

}  // namespace mcp::transport
