#pragma once

#include <string>

#include "internal/base/env.h"

namespace mcp::cmd {

bool is_terminal(int fd);
// May escape sequences be written to this descriptor? A terminal, and neither NO_COLOR nor TERM=dumb.
bool wants_color(Env& env, int fd);
// Asks on the terminal; only "y" or "yes" is a yes. False without a terminal.
bool confirm(const std::string& question);

}  // namespace mcp::cmd
