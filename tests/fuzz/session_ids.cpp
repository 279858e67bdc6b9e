// Ids that come back from clients: Last-Event-ID and JSON-RPC ids. What is understood is written as it is
// understood.
#include "internal/jsonrpc/message.h"
#include "internal/transport/replay_ring.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mcp::transport::EventId;
  std::string_view text = mcp::fuzz::text_of(data, size);
  if (auto id = EventId::parse(text)) {
    auto again = EventId::parse(id->text());
    FUZZ_EXPECT(again && *again == *id);
    mcp::transport::ReplayRing ring(4, 1 << 10);
    for (std::uint64_t number = 1; number < 7; ++number) {
      ring.add({id->stream, number}, mcp::Rope(mcp::Bytes::copy(text.substr(0, 100))), std::nullopt);
    }
    for (const auto& entry : ring.after(*id)) {
      FUZZ_EXPECT(entry.id.stream == id->stream && entry.id.number > id->number);
    }
  }
  if (auto id = mcp::jsonrpc::Id::parse(text)) {
    auto again = mcp::jsonrpc::Id::parse(id->raw());
    FUZZ_EXPECT(again && *again == *id);
  }
  return 0;
}
