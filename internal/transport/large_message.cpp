#include "internal/transport/large_message.h"

#include <memory>
#include <optional>
#include <utility>

#include "internal/async/slot.h"

namespace mcp::transport {

using jsonrpc::Message;

void read_large(async::Loop& loop, Bytes text, int max_depth, std::function<void(Result<Message>)> done) {
  auto read = std::make_shared<std::optional<Result<Message>>>();
  loop.offload([read, max_depth, text = std::move(text)] { read->emplace(Message::parse(text, max_depth)); },
               [read, done = std::move(done)] { done(std::move(**read)); });
}

Task<Result<Message>> read_message(async::Loop& loop, Bytes text) {
  if (!is_large(text)) co_return Message::parse(std::move(text));
  async::Slot<Result<Message>> slot(loop);
  read_large(loop, std::move(text), json::kMaxDepth,
             [slot](Result<Message> message) { slot.set(std::move(message)); });
  auto message = co_await slot.get();
  co_return message;
}

}  // namespace mcp::transport
