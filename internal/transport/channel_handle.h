#pragma once

#include <memory>

#include "internal/transport/channel.h"

namespace mcp::transport {

// What an owner holds: letting go of it closes the channel, also while pending operations keep its inside
// alive.
template <class Inside>
ChannelPtr make_handle(std::shared_ptr<Inside> inside) {
  Channel* channel = inside.get();
  return ChannelPtr(channel, [inside = std::move(inside)](Channel* held) { held->close(); });
}

}  // namespace mcp::transport
