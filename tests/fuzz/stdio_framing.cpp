// transport: lines are the same however they come, are UTF-8, and one that is too long costs no other.
#include <algorithm>
#include <vector>

#include "internal/base/strings.h"
#include "internal/transport/line_framing.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kMostLine = 100;

std::vector<std::string> lines_of(mcp::fuzz::Pieces stream) {
  mcp::transport::LineFramer framer(kMostLine);
  std::vector<std::string> lines;
  while (!stream.empty()) {
    framer.feed(stream.next());
    for (;;) {
      auto line = framer.next();
      if (!line) {  // of a long line's head more is kept when it came in one piece
        lines.push_back("refused " + std::string(mcp::to_string(line.error().code)) + " " +
                        std::string(framer.take_refused().view().substr(0, kMostLine)));
        continue;
      }
      if (!*line) break;
      std::string_view text = (*line)->view();
      FUZZ_EXPECT(!text.empty() && text.size() <= kMostLine);
      FUZZ_EXPECT(mcp::is_valid_utf8(text) && text.find('\n') == text.npos && text.find('\0') == text.npos);
      lines.emplace_back(text);
    }
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mcp::fuzz::expect_same_however_cut(mcp::fuzz::text_of(data, size), lines_of);
  return 0;
}
