#pragma once

#include <string>
#include <vector>

#include "cmd/mcp/command_words.h"

namespace mcp::cmd {

// Scripts that teach a shell to complete `mcp`: commands, options, their values, files. Made of the command
// table, so that they know what this binary knows. Pure.
std::string bash_completion(const std::vector<CommandWords>& commands);
std::string zsh_completion(const std::vector<CommandWords>& commands);
std::string fish_completion(const std::vector<CommandWords>& commands);

}  // namespace mcp::cmd
