#pragma once

#include <string>

#include "internal/base/env.h"

namespace mcp::cmd {

bool is_terminal(int fd);
// May escape sequences be written to this descriptor? A terminal, and neither NO_COLOR nor TERM=dumb.
bool wants_color(Env& env, int fd);
// "mcp: TEXT" on stderr while somebody waits at a terminal; nothing in pipes and scripts.
void tell_progress(const std::string& text);
// Asks on the terminal; only "y" or "yes" is a yes. False without a terminal.
bool confirm(const std::string& question);

}  // namespace mcp::cmd
