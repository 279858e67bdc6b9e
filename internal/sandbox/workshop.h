#pragma once

#include <map>
#include <optional>
#include <string>

#include "internal/sandbox/owner_trial.h"
#include "internal/sandbox/plan.h"

namespace mcp::sandbox {

// Makes plans, and keeps what is costly for the next: the look at the machine and its file systems, the
// compiled filters. Not
// thread-safe.
class Workshop {
 public:
  const Host& host();

  // Errors: those of make_plan(); kInternal (a filter cannot be compiled).
  Result<Plan> plan(const Policy& policy, const Command& command);

 private:
  Result<Filter> filter(const std::string& profile);
  // What the mounts will find out too late to be told: paths that cannot be shown with their owner's rights.
  void look_at_owners(Plan& plan);

  std::optional<Host> host_;
  OwnerTrials owners_;
  std::map<std::string, Filter> filters_;
};

}  // namespace mcp::sandbox
