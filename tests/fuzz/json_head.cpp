// jsonrpc: what is taken for a message is JSON throughout, its slices lie inside it, and a batch falls into
// such texts.
#include "internal/json/grammar.h"
#include "internal/jsonrpc/message.h"
#include "tests/fuzz/fuzz.h"

namespace {

using mcp::Bytes;
using mcp::jsonrpc::Message;

// By a second reader, which knows no bound of numbers: 1e9999 is JSON.
bool is_json(std::string_view text) { return mcp::json::check_grammar(text, 2048).has_value(); }
bool empty_or_json(const Bytes& slice) { return slice.empty() || is_json(slice.view()); }

void look_at(const Message& message, std::string_view text) {
  FUZZ_EXPECT(is_json(text));
  for (const Bytes* slice : {&message.params, &message.result, &message.error, &message.name, &message.uri,
                             &message.meta, &message.progress_token}) {
    FUZZ_EXPECT(empty_or_json(*slice));
  }
  FUZZ_EXPECT(message.is_request() == (message.id.has_value() && !message.method.empty()) ||
              message.is_response() || message.is_notification() || message.method.empty());
  if (!message.id) return;
  auto again = mcp::jsonrpc::Id::parse(message.id->raw());
  FUZZ_EXPECT(again && *again == *message.id);
  // An answer made from it is a message too.
  auto answer = Message::parse(mcp::jsonrpc::make_result(*message.id, "{}"));
  FUZZ_EXPECT(answer && answer->id == message.id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  Bytes bytes = Bytes::copy(text);
  if (auto message = Message::parse(bytes)) look_at(*message, text);
  mcp::jsonrpc::salvage_id(bytes);
  mcp::jsonrpc::salvage(text);
  if (!mcp::jsonrpc::is_batch(text)) return 0;
  auto parts = mcp::jsonrpc::split_batch(bytes, 16);
  if (!parts) return 0;
  FUZZ_EXPECT(!parts->empty() && parts->size() <= 17);  // one more says that it is too many
  for (const Bytes& part : *parts) FUZZ_EXPECT(is_json(part.view()));
  return 0;
}
