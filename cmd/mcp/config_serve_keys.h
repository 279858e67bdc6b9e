#pragma once

#include "internal/config/schema.h"

namespace mcp::cmd {

// [serve]: the keys.
config::Section serve_section();

}  // namespace mcp::cmd
