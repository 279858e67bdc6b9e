// http: an event stream means the same however it is cut into pieces, and an event survives encoding.
#include <vector>

#include "internal/http/sse.h"
#include "tests/fuzz/fuzz.h"

namespace {

using mcp::http::SseDecoder;
using mcp::http::SseEvent;

std::vector<std::string> decode(std::string_view stream, std::size_t step, bool& poisoned) {
  constexpr std::size_t kMost = 512;
  SseDecoder decoder(kMost);
  std::vector<std::string> events;
  while (!stream.empty()) {
    decoder.feed(stream.substr(0, step));
    stream.remove_prefix(std::min(step, stream.size()));
    for (;;) {
      auto event = decoder.next();
      poisoned = !event;
      if (poisoned) return events;
      if (!*event) break;
      FUZZ_EXPECT((*event)->data.size() <= kMost);
      events.push_back((*event)->event + "|" + (*event)->id.value_or("-") + "|" +
                       std::to_string((*event)->retry_ms.value_or(-1)) + "|" +
                       std::string((*event)->data.view()));
    }
  }
  return events;
}

void round_trip(std::string_view text) {
  SseEvent event;
  event.data = mcp::Bytes::copy(text);
  SseDecoder decoder(std::size_t{1} << 30);
  decoder.feed(mcp::http::encode_sse(event));
  auto read = decoder.next();
  FUZZ_EXPECT(read && *read);
  if (text.find_first_of("\r\n") == text.npos) FUZZ_EXPECT((*read)->data.view() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view stream = mcp::fuzz::text_of(data, size);
  bool whole_poisoned = false, cut_poisoned = false;
  auto whole = decode(stream, size + 1, whole_poisoned);
  auto cut = decode(stream, 1, cut_poisoned);
  FUZZ_EXPECT(cut == whole && cut_poisoned == whole_poisoned);
  round_trip(stream);
  return 0;
}
