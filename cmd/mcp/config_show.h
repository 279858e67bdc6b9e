#pragma once

#include <ostream>
#include <string>

#include "internal/base/env.h"

namespace mcp::cmd {

// mcp config show [--config FILE] [--origin] [--json]: the values in effect, and where they come from.
struct ConfigShowOptions {
  std::string file = {};
  bool origin = false;
  bool json = false;
};

// Secrets are shown as references or "(hidden)". 0: shown; 4: the configuration is wrong.
int run(const ConfigShowOptions& options, Env& env, std::ostream& out, std::ostream& err);

}  // namespace mcp::cmd
