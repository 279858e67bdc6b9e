#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/config/node.h"
#include "internal/config/report.h"

namespace mcp::config {

// Other programs' files in our own form: `mcpServers` (mcp.json, claude_desktop_config.json) and VS Code's
// `servers`, as the tree of the [servers.NAME] sections that mean the same, with the positions of the
// original. Names are normalised with a warning; two names that become one, and ${input:…}, are errors.
Node translate_foreign(const Node& root, const std::string& path, Report& report);

// Would starting this server start `mcp serve` again? own_executable: our path, may be empty.
bool is_own_serve(std::string_view command, const std::vector<std::string>& args,
                  std::string_view own_executable);

}  // namespace mcp::config
