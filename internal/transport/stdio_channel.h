#pragma once

#include <functional>
#include <memory>

#include "internal/async/loop.h"
#include "internal/transport/channel.h"

namespace mcp::transport {

struct StdioLimits {
  std::size_t max_message_bytes = 64 << 20;
  bool to_server = false;  // a message of the peer that is too long is an is_oversized() error
  std::size_t max_queue_bytes = 64 << 20;  // unsent bytes before send() answers kLimit
  // How long requests that were read before the end of input may still be answered (a server's own stdin:
  // `mcp serve --stdio < requests`); then they are answered with an error. 0: the end of input is the end of
  // the channel.
  async::Millis drain{0};
  // Bytes a second that are read of the peer; 0: as many as come. A burst as long as a message may be passes,
  // beyond it is read no faster; a peer that goes on beyond it for `flood` is at its end (kLimit).
  std::size_t max_bytes_per_second = 0;
  async::Millis flood{10'000};
  std::function<void(async::Millis)> on_held{};  // it is not read for so long
  bool accept_batches = false;                   // in sessions of 2025-03-26, a server's side
  std::size_t max_batch = 50;
  int max_depth = json::kMaxDepth;  // of a message's JSON, no more than that
  // Is told the name of the limit that a line was refused for. May be null.
  std::function<void(std::string_view limit)> refused{};
};

// Newline-delimited JSON-RPC over two descriptors (transports, "stdio"): our own stdin and stdout, a child's,
// or a socket's two halves. Takes the descriptors over. A line that is no message, or longer than one may be,
// is handed on as on_undecodable(), and nothing else is lost; so is a batch that is not accepted (kProtocol).
// EOF on `in` closes the channel (kUnavailable "end of input").
ChannelPtr make_stdio_channel(async::Loop& loop, int in, int out, StdioLimits limits = {});

}  // namespace mcp::transport
