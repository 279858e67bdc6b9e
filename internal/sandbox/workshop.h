#pragma once

#include <map>
#include <optional>
#include <string>

#include "internal/sandbox/plan.h"

namespace mcp::sandbox {

// Makes plans, and keeps what is costly for the next: the look at the machine, the compiled filters. Not
// thread-safe.
class Workshop {
 public:
  const Host& host();

  // Errors: those of make_plan(); kInternal (a filter cannot be compiled).
  Result<Plan> plan(const Policy& policy, const Command& command);

 private:
  Result<Filter> filter(const std::string& profile);

  std::optional<Host> host_;
  std::map<std::string, Filter> filters_;
};

}  // namespace mcp::sandbox
