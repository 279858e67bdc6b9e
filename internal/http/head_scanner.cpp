#include "internal/http/head_scanner.h"

namespace mcp::http {

HeadScanner::Found HeadScanner::scan(std::string_view input) {
  for (;;) {
    auto end = input.find('\n', search_);
    if (end == std::string_view::npos) {
      search_ = input.size();
      return input.size() >= max_bytes_ ? Found::kTooLong : Found::kNeedMore;
    }
    if (end + 1 > max_bytes_) return Found::kTooLong;
    Found found = line(input.substr(line_, end - line_));
    line_ = search_ = end + 1;
    if (found != Found::kNeedMore) return found;
  }
}

// One line without its LF.
HeadScanner::Found HeadScanner::line(std::string_view text) {
  if (text.empty() || text.back() != '\r') return Found::kBareLf;
  bool first = lines_++ == 0;
  if (text.size() == 1) return first ? Found::kEmptyLine : Found::kEnd;
  if (!first && (text.front() == ' ' || text.front() == '\t')) return Found::kFold;
  // The start line is not a field.
  if (lines_ > max_fields_ + 1) return Found::kTooMany;
  return Found::kNeedMore;
}

}  // namespace mcp::http
