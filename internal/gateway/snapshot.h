#pragma once

#include <cstdint>
#include <string>

#include "internal/gateway/gateway.h"
#include "internal/gateway/vitals.h"

namespace mcp::gateway {

// What a snapshot says of the process, known to whoever runs it.
struct SnapshotAbout {
  std::string version;
  std::string url;  // empty: it listens on nothing
  std::int64_t started_ms = 0;
};

// That it lives, and how: what GET /health answers whoever asks. One JSON object.
std::string health_json(Env& env, const Vitals& vitals, const SnapshotAbout& about);

// How the gateway fares at this moment, as one JSON object: what `mcp top` shows (docs/observability.md).
std::string snapshot_json(Env& env, const Gateway& gateway, const Vitals& vitals, const SnapshotAbout& about);

}  // namespace mcp::gateway
