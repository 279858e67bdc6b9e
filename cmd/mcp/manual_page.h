#pragma once

#include <string>
#include <vector>

#include "cmd/mcp/command_words.h"

namespace mcp::cmd {

// Manual pages in man(7), of the same words as --help. Pure.

// mcp(1): every command. `version`: "0.1.0".
std::string manual_of_all(const std::vector<CommandWords>& commands, const std::string& version);
// mcp-NAME(1), a blank in NAME being a hyphen.
std::string manual_of(const CommandWords& words, const std::string& version);
// "mcp-config-check"
std::string manual_name(const Command& command);

}  // namespace mcp::cmd
