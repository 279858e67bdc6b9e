#pragma once

#include <vector>

#include "cmd/mcp/serve_key.h"

namespace mcp::cmd {

// [serve]: the keys, and where their values go.
std::vector<ServeKey> serve_keys();
// The same for whoever reads a configuration.
config::Section serve_section();

}  // namespace mcp::cmd
