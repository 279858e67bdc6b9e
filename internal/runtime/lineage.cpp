#include "internal/runtime/lineage.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::runtime {

std::string lineage(Env& env) { return env.variable(kLineageVariable).value_or(""); }

std::string lineage_below(Env& env, std::string_view mark) {
  std::string above = lineage(env);
  return (above.empty() ? "" : above + ",").append(mark);
}

Result<void> check_lineage(Env& env, std::string_view mark) {
  std::string text = lineage(env);
  if (text.empty()) return {};
  auto above = split(text, ',');
  if (std::find(above.begin(), above.end(), mark) != above.end()) {
    return fail(
        ErrorCode::kConfig, "this gateway was started by a gateway with the same configuration",
        "a configured server starts mcp serve again: remove it, or give it a configuration of its own");
  }
  if (above.size() > kMaxAbove) {
    return fail(ErrorCode::kConfig, "this gateway was started by gateways that were started by a gateway",
                "a configured server starts mcp serve, and so does a server of that one: remove one of them");
  }
  return {};
}

}  // namespace mcp::runtime
