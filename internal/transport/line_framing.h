#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "internal/base/bytes.h"
#include "internal/base/error.h"

namespace mcp::transport {

// Splits a byte stream into newline-delimited JSON-RPC messages (MCP stdio framing).
// Pure: no I/O. Bytes go in by feed(), whole messages come out by next(), which is to be called until it has
// none.
class LineFramer {
 public:
  // Of a line that is too long this much is kept, to tell whose it was.
  static constexpr std::size_t kHeadBytes = 1 << 10;

  // max_line: longest accepted message in bytes.
  explicit LineFramer(std::size_t max_line) : max_line_(max_line) {}

  void feed(std::string_view bytes);

  // The next whole message without its line end (LF or CR LF), nullopt when more bytes are needed. Blank
  // lines are skipped. Errors: kLimit (line too long: its bytes are dropped as they come), kMalformed (not
  // UTF-8, or a NUL byte): that line is skipped, the next call goes on behind it.
  Result<std::optional<Bytes>> next();
  // The line that next() refused: whole, or its head when it was too long.
  Bytes take_refused() { return std::exchange(refused_, Bytes()); }

  // Bytes of a message whose end has not come: in memory, and in all (what is lost when the stream ends
  // here).
  std::size_t held() const { return buffer_.size() - start_; }
  std::size_t pending() const { return dropped_ + buffer_.size() - start_; }

 private:
  void drop_consumed();
  void begin_dropping();
  Error too_long(std::size_t length) const;
  Bytes take_line(std::size_t length, std::size_t newline);

  std::size_t max_line_;
  std::string buffer_;
  std::size_t start_ = 0;    // of the first line not yet given out
  std::size_t scanned_ = 0;  // no newline in [start_, scanned_)
  std::size_t dropped_ = 0;  // bytes of a line that is too long, while it comes
  Bytes refused_;
};

}  // namespace mcp::transport
