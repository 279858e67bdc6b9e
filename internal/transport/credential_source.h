#pragma once

#include <optional>
#include <string>

#include "internal/async/task.h"

namespace mcp::transport {

// Gives the Authorization value for one upstream; implemented by auth, injected by cmd. Channels never know
// OAuth.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // The header's value ("Bearer …"), or nullopt for none.
  virtual Task<Result<std::optional<std::string>>> authorization() = 0;
  // The server refused the last value: `challenge` is its WWW-Authenticate. True: try once more.
  virtual Task<bool> refused(std::string challenge) = 0;
};

}  // namespace mcp::transport
