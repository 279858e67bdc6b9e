#pragma once

#include <cstddef>
#include <functional>

#include "internal/async/loop.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// A message longer than this is read beside the loop, on its pool: others do not wait for it meanwhile.
inline constexpr std::size_t kLargeMessage = 256 << 10;

inline bool is_large(const Bytes& text) { return text.size() > kLargeMessage; }

// Message::parse() on the pool, then `done` on the loop. Whoever has an order to keep hands out nothing that
// came later before that.
void read_large(async::Loop& loop, Bytes text, int max_depth,
                std::function<void(Result<jsonrpc::Message>)> done);

// The same for coroutines; of any size.
Task<Result<jsonrpc::Message>> read_message(async::Loop& loop, Bytes text);

}  // namespace mcp::transport
