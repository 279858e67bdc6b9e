#pragma once

#include <cstdint>
#include <string>

#include "internal/base/env.h"

namespace mcp::soak {

// What is run and for how long. From the command line and MCP_SOAK_* variables.
struct Options {
  std::string gateway;         // the mcp binary
  std::string server;          // mcp-soak-server
  std::int64_t seconds = 60;   // MCP_SOAK_SECONDS
  std::uint64_t seed = 0;      // MCP_SOAK_SEED; by default a new one each time
  std::int64_t sessions = 64;  // MCP_SOAK_SESSIONS: at once
  std::int64_t rate = 800;     // MCP_SOAK_RATE: calls a second that are aimed at
  bool reloads = false;    // MCP_SOAK_RELOADS=1: the configuration is rewritten, SIGHUP and by file change
  bool sanitized = false;  // MCP_SOAK_SANITIZED: memory is reported, not judged

  // What a run of this length has to reach: 300 k calls, 200 kills and 20 reloads in ten minutes.
  std::int64_t wanted_calls() const { return 500 * seconds; }
  std::int64_t wanted_kills() const { return seconds / 3; }
  std::int64_t wanted_reloads() const { return reloads ? seconds / 30 : 0; }
};

// Errors: kUsage (too few words, a variable that is no number).
Result<Options> read_options(int argc, char** argv, Env& env);

}  // namespace mcp::soak
