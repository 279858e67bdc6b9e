#pragma once

#include <utility>

#include "internal/async/loop.h"
#include "internal/transport/channel.h"

namespace mcp::transport {

// Two ends of one in-process connection: what one sends the other receives, in order, from the loop.
// `related` is carried over. Built-in servers live behind one.
std::pair<ChannelPtr, ChannelPtr> make_channel_pair(async::Loop& loop);

}  // namespace mcp::transport
