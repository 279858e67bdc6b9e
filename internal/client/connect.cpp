#include "internal/client/connect.h"

#include <algorithm>

namespace mcp::client {
namespace {

using protocol::Era;

// The handshake's callbacks belong to nobody yet; they reach the owner once it is done, as the peer's events
// do.
Task<Result<PeerPtr>> open_peer(async::Loop& loop, Opener open, Era era, ConnectOptions options) {
  auto opening = open(era);
  auto channel = co_await std::move(opening);
  MCP_CO_CHECK(channel);
  co_return Peer::create(loop, std::move(*channel), options.identity, options.events);
}

Task<Result<PeerPtr>> initialize(PeerPtr peer, ConnectOptions options) {
  auto view = co_await peer->initialize(options.legacy_wanted, options.timeout);
  if (!view) peer->close();
  MCP_CO_CHECK(view);
  co_return peer;
}

Task<Result<PeerPtr>> connect_legacy(async::Loop& loop, Opener open, ConnectOptions options) {
  auto peer = co_await open_peer(loop, open, Era::kLegacy, options);
  MCP_CO_CHECK(peer);
  auto connected = co_await initialize(*peer, options);
  co_return connected;
}

// The same process goes on after a refused or unanswered probe. Silence may mean that it was still starting:
// a modern server that then meets `initialize` says so by its error, and is asked once more.
Task<Result<PeerPtr>> settle_on_one_channel(PeerPtr peer, ConnectOptions options, bool silent) {
  auto patience = silent ? std::min(options.timeout, options.probe_timeout * 4) : options.timeout;
  auto view = co_await peer->initialize(options.legacy_wanted, patience);
  if (view) co_return peer;
  bool answered = view.error().code == ErrorCode::kUnsupported || view.error().code == ErrorCode::kProtocol;
  if (silent && answered) {
    auto discovered = co_await peer->discover(options.timeout);
    if (discovered) co_return peer;
  }
  co_return fail(std::move(view.error()));
}

// A refusal that says nothing about the era: trying the other one would only hide it.
bool is_final(ErrorCode code) {
  return code == ErrorCode::kUnauthenticated || code == ErrorCode::kDenied || code == ErrorCode::kUnsupported;
}

}  // namespace

Result<EraChoice> parse_era_choice(std::string_view text) {
  if (text == "auto") return EraChoice::kAuto;
  if (text == "legacy") return EraChoice::kLegacy;
  if (text == "modern") return EraChoice::kModern;
  return fail(ErrorCode::kInvalid, "unknown era \"" + std::string(text) + "\"", "use auto, legacy or modern");
}

Task<Result<PeerPtr>> connect(async::Loop& loop, Opener open, ConnectOptions options) {
  if (options.era == EraChoice::kLegacy) {
    auto connected = co_await connect_legacy(loop, open, options);
    co_return connected;
  }
  auto peer = co_await open_peer(loop, open, Era::kModern, options);
  MCP_CO_CHECK(peer);
  async::Millis timeout =
      options.era == EraChoice::kModern ? options.timeout : std::min(options.timeout, options.probe_timeout);
  bool modern_only = options.era == EraChoice::kModern;
  auto discovering = modern_only ? (*peer)->discover_modern(timeout) : (*peer)->discover(timeout);
  auto view = co_await std::move(discovering);
  if (view) co_return *peer;
  if (modern_only || is_final(view.error().code)) {
    (*peer)->close();
    co_return fail(std::move(view.error()));
  }
  if (options.one_channel && (*peer)->open()) {
    auto settling = settle_on_one_channel(*peer, options, view.error().code == ErrorCode::kTimeout);
    auto settled = co_await std::move(settling);
    // A server that is stuck on the probe answers nothing at all: only a fresh one helps.
    bool stuck = !settled && settled.error().code == ErrorCode::kTimeout;
    if (!stuck && (settled || (*peer)->open())) co_return settled;
  }
  (*peer)->close();
  auto connected = co_await connect_legacy(loop, open, options);
  co_return connected;
}

}  // namespace mcp::client
