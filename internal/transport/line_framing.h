#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/bytes.h"
#include "internal/base/error.h"

namespace mcp::transport {

// Splits a byte stream into newline-delimited JSON-RPC messages (MCP stdio framing).
// Pure: no I/O. Bytes go in by feed(), whole messages come out by next(), which is to be called until it has
// none.
class LineFramer {
 public:
  // max_line: longest accepted message in bytes; a longer one is kLimit and poisons the stream.
  explicit LineFramer(std::size_t max_line) : max_line_(max_line) {}

  void feed(std::string_view bytes);

  // The next whole message without its line end (LF or CR LF), nullopt when more bytes are needed. Blank
  // lines are skipped. Errors: kLimit (line too long: every later call says so), kMalformed (not UTF-8, or a
  // NUL byte: that line is skipped, the next call goes on behind it).
  Result<std::optional<Bytes>> next();

  // Bytes of a message whose end has not come: what is lost when the stream ends here.
  std::size_t pending() const { return buffer_.size() - start_; }

 private:
  void drop_consumed();
  Error too_long();
  Bytes take_line(std::size_t length, std::size_t newline);

  std::size_t max_line_;
  std::string buffer_;
  std::size_t start_ = 0;    // of the first line not yet given out
  std::size_t scanned_ = 0;  // no newline in [start_, scanned_)
  bool poisoned_ = false;
};

}  // namespace mcp::transport
