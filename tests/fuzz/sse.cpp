// http: an event stream means the same however it is cut into pieces, and an event survives encoding.
#include <utility>
#include <vector>

#include "internal/http/sse.h"
#include "tests/fuzz/fuzz.h"

namespace {

using mcp::http::SseDecoder;
using mcp::http::SseEvent;

// The events, and at the end whether the stream was poisoned.
std::pair<std::vector<std::string>, bool> decode(mcp::fuzz::Pieces stream) {
  constexpr std::size_t kMost = 512;
  SseDecoder decoder(kMost);
  std::vector<std::string> events;
  while (!stream.empty()) {
    decoder.feed(stream.next());
    for (;;) {
      auto event = decoder.next();
      if (!event) return {events, true};
      if (!*event) break;
      FUZZ_EXPECT((*event)->data.size() <= kMost);
      events.push_back((*event)->event + "|" + (*event)->id.value_or("-") + "|" +
                       std::to_string((*event)->retry_ms.value_or(-1)) + "|" +
                       std::string((*event)->data.view()));
    }
  }
  return {events, false};
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
  mcp::fuzz::expect_same_however_cut(stream, decode);
  round_trip(stream);
  return 0;
}
