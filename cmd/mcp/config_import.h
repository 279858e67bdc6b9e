#pragma once

#include <ostream>
#include <string>

#include "internal/base/env.h"

namespace mcp::cmd {

// mcp config import FILE [--write]: another program's file (mcp.json, claude_desktop_config.json, VS Code's
// .vscode/mcp.json) as our TOML.
struct ConfigImportOptions {
  std::string file = {};
  bool write = false;  // to ./mcp.toml, which must not exist, instead of to out
};

// What it prints is what the loader reads back, plain-text secrets included; err warns of those.
// 0: done; 4: the file cannot be used, or ./mcp.toml is there already; 8: writing failed.
int run(const ConfigImportOptions& options, Env& env, std::ostream& out, std::ostream& err);

}  // namespace mcp::cmd
