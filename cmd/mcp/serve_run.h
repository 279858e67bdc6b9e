#pragma once

#include <optional>
#include <vector>

#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/spans_target.h"
#include "internal/base/env.h"
#include "internal/process/spawner.h"

namespace mcp::cmd {

// Everything a serving gateway is made from, already checked.
struct ServeRun {
  Env& env;
  process::Spawner* spawner;
  ServeConfig config;
  std::vector<Token> tokens;
  std::optional<SpansTarget> spans;
  std::string mark;           // of this gateway (runtime/lineage.h)
  bool json = false;          // JSON lines on stdout
  ServeSources sources = {};  // for a reload; nobody is asked then
};

// Serve until a signal (or the end of stdin). The exit status; errors: kExists (port, state directory), kIo.
Result<int> serve_http(ServeRun& run);
Result<int> serve_stdio(ServeRun& run);

}  // namespace mcp::cmd
