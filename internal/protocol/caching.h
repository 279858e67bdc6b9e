#pragma once

#include <cstdint>
#include <string>

#include "internal/base/bytes.h"

namespace mcp::protocol {

// How long a result may be used again, and for whom (2026-07-28 caching, SEP-2549).
struct Freshness {
  enum class Scope { kPublic, kPrivate };

  std::int64_t ttl_ms = 0;  // 0: stale at once
  Scope scope = Scope::kPrivate;

  friend bool operator==(const Freshness&, const Freshness&) = default;
};

// A server that says more is believed for this long.
inline constexpr std::int64_t kMaxTtlMs = 86'400'000;

// Of a result. What is absent or wrong counts as the strictest: a ttl that is negative or no integer as 0, a
// scope that nobody knows as private.
Freshness read_freshness(const Bytes& result);
// What may be said of a whole that is made of both: the shorter ttl, private when either is.
Freshness strictest(Freshness a, Freshness b);
// "ttlMs" and "cacheScope" of a result object set to these.
std::string with_freshness(std::string_view result, Freshness freshness);

}  // namespace mcp::protocol
