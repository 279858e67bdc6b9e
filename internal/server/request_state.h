#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "internal/base/env.h"
#include "internal/base/error.h"

namespace mcp::server {

// Seals the `requestState` of an input_required result: it travels through the client, who may read it but
// must not change it, use it for another request, or keep it (2026-07-28 MRTR, "requestState is
// attacker-controlled").
class StateSeal {
 public:
  StateSeal(Env& env, std::string key, std::int64_t ttl_ms)
      : env_(env), key_(std::move(key)), ttl_ms_(ttl_ms) {}

  // `binding`: what the state belongs to (principal, method, name, arguments). Not part of the text.
  std::string seal(std::string_view state, std::string_view binding) const;
  // Errors: kDenied (not ours, changed, another binding), kTimeout (too old).
  Result<std::string> open(std::string_view sealed, std::string_view binding) const;

 private:
  std::string mac(std::string_view expiry_and_state, std::string_view binding) const;

  Env& env_;
  std::string key_;
  std::int64_t ttl_ms_;
};

}  // namespace mcp::server
