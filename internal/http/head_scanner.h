#pragma once

#include <cstddef>
#include <string_view>

namespace mcp::http {

// Finds the end of a message head line by line, before the parser sees it. Exact limits are kept here, and
// the two things that Beast 1.81 repairs silently are refused here: obs-fold and line ends other than CRLF
// (RFC 9112 §2.2, §5.2). Pure. scan() is called with the same, growing input until it says something else
// than kNeedMore.
class HeadScanner {
 public:
  enum class Found { kNeedMore, kEnd, kBareLf, kFold, kEmptyLine, kTooLong, kTooMany };

  HeadScanner(std::size_t max_bytes, std::size_t max_fields)
      : max_bytes_(max_bytes), max_fields_(max_fields) {}

  Found scan(std::string_view input);
  // Bytes of the head, its empty line included. Valid after kEnd.
  std::size_t size() const { return line_; }

 private:
  Found line(std::string_view text);

  std::size_t max_bytes_;
  std::size_t max_fields_;
  std::size_t line_ = 0;    // where the current line starts
  std::size_t search_ = 0;  // where the search for its end goes on
  std::size_t lines_ = 0;
};

}  // namespace mcp::http
