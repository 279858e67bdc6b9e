#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/mcp/call_request.h"
#include "internal/base/env.h"
#include "internal/client/connect.h"
#include "internal/config/server_entry.h"
#include "internal/process/spawner.h"

namespace mcp::cmd {

// A call, ready to be made.
struct CallRun {
  Env& env;
  process::Spawner* spawner;
  config::ServerEntry target;
  client::EraChoice era = client::EraChoice::kAuto;
  CallVerb verb;
  std::vector<std::string> args;         // KEY=VALUE
  std::optional<std::string> json_args;  // raw object
  std::int64_t timeout_ms = 60'000;
  bool trace = false;        // frames to stderr
  bool json = false;         // the raw result to stdout
  bool on_terminal = false;  // stdout is a terminal
  bool can_ask = false;      // a person is at the terminal: elicitation is offered
};

// Connects, calls, prints. The exit status: 0, 1 (isError), 6 (unreachable), 7 (protocol error).
int run_call(CallRun& run);

}  // namespace mcp::cmd
