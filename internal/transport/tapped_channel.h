#pragma once

#include <functional>

#include "internal/transport/channel.h"

namespace mcp::transport {

enum class TapDirection { kOut, kIn };

// Sees every message of a channel in both directions, before its receiver does. The one way to watch a
// channel.
using Tap = std::function<void(TapDirection, const jsonrpc::Message&)>;
// on_garbage: what came in and is no message.
ChannelPtr make_tapped_channel(ChannelPtr inner, Tap tap, std::function<void(const Error&)> on_garbage = {});

}  // namespace mcp::transport
