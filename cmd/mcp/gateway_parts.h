#pragma once

#include <memory>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/gateway/gateway.h"
#include "internal/http/client.h"
#include "internal/process/spawner.h"
#include "internal/runtime/launcher.h"

namespace mcp::cmd {

// What serve and call share: the pieces between a loop and running servers, wired once.
class GatewayParts {
 public:
  // spawner may be null (only remotes and built-ins then).
  // lineage: of the children (runtime/lineage.h).
  GatewayParts(async::Loop& loop, Env& env, process::Spawner* spawner, std::string lineage);

  runtime::Launcher& launcher() { return launcher_; }
  const std::shared_ptr<http::Client>& http() { return http_; }

 private:
  std::shared_ptr<http::Client> http_;
  runtime::Launcher launcher_;
};

// How we name ourselves in handshakes: raw Implementation. `title` is for people.
std::string implementation_info(const std::string& title = "mcp gateway");

}  // namespace mcp::cmd
