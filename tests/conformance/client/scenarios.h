#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "internal/client/tool_call.h"

namespace mcp::conformance {

// One run: a server that is connected, and what the suite says about the scenario.
struct Visit {
  client::PeerPtr peer;
  std::shared_ptr<client::PeerEvents> events;
  std::shared_ptr<client::ToolBook> tools;
  Bytes context;  // MCP_CONFORMANCE_CONTEXT: a valid JSON object, or empty
};
using VisitPtr = std::shared_ptr<Visit>;

// What a client does in one scenario once it has listed the tools. nullptr: nobody knows the scenario.
using Scenario = Task<Result<void>> (*)(VisitPtr visit);
Scenario find_scenario(std::string_view name);

}  // namespace mcp::conformance
