#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cmd/mcp/command_entry.h"
#include "internal/base/env.h"
#include "internal/config/server_entry.h"

namespace mcp::cmd {

// mcp sandbox explain CMD|SERVER: what it would get here.
struct SandboxExplainOptions {
  std::vector<std::string> words;  // the name of a configured server; empty: a command stands after --
  std::string config;
  CommandSandbox sandbox;  // of the command; its profile, when there is one, of a server too
  bool json = false;
};

// The server's plan; for one without a sandbox, what "runtime" would give. 0: explained, 1: it would not be
// started.
int explain(const SandboxExplainOptions& options, config::ServerEntry entry, Env& env, std::ostream& out,
            std::ostream& err);

}  // namespace mcp::cmd
