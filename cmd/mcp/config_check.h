#pragma once

#include <ostream>
#include <string>

#include "internal/base/env.h"

namespace mcp::cmd {

// mcp config check [FILE]: is the configuration right? FILE stands in place of the current directory's file.
struct ConfigCheckOptions {
  std::string file = {};
  bool json = false;  // one JSON object to out, and nothing to err
};

// Every mistake and warning to err. 0: right; 4: not.
int run(const ConfigCheckOptions& options, Env& env, std::ostream& out, std::ostream& err);

}  // namespace mcp::cmd
