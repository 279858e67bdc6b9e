// transport: lines are the same however they come, are UTF-8, and one that is too long costs no other.
#include <algorithm>
#include <vector>

#include "internal/base/strings.h"
#include "internal/transport/line_framing.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kMostLine = 100;

std::vector<std::string> lines_of(std::string_view stream, std::size_t step) {
  mcp::transport::LineFramer framer(kMostLine);
  std::vector<std::string> lines;
  while (!stream.empty()) {
    framer.feed(stream.substr(0, step));
    stream.remove_prefix(std::min(step, stream.size()));
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
  std::string_view stream = mcp::fuzz::text_of(data, size);
  auto whole = lines_of(stream, size + 1);
  FUZZ_EXPECT(lines_of(stream, 1) == whole);
  FUZZ_EXPECT(lines_of(stream, 13) == whole);
  return 0;
}
