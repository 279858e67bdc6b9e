#pragma once

#include <functional>
#include <memory>

#include "internal/client/peer.h"

namespace mcp::client {

// Which era to speak with a server.
enum class EraChoice { kAuto, kLegacy, kModern };
Result<EraChoice> parse_era_choice(std::string_view text);

// Opens a fresh channel of the given era: a new child, a new HTTP channel. Called again when a probe spoilt
// the last one.
using Opener = std::function<Task<Result<transport::ChannelPtr>>(protocol::Era)>;

struct ConnectOptions {
  EraChoice era = EraChoice::kAuto;
  Identity identity;
  std::weak_ptr<PeerEvents> events;
  async::Millis timeout{60'000};       // for the whole handshake
  async::Millis probe_timeout{5'000};  // a legacy server may answer nothing at all to server/discover
  protocol::Revision legacy_wanted = protocol::kLatestLegacy;
  // One stream carries both eras (stdio): `initialize` may follow a refused probe on the same channel.
  bool one_channel = false;
};

// Connects and settles the era (versioning 2026-07-28, "Era detection", client rows): server/discover first;
// a result or a modern error means modern, anything else `initialize`. Errors: the last attempt's.
Task<Result<PeerPtr>> connect(async::Loop& loop, Opener open, ConnectOptions options);

}  // namespace mcp::client
