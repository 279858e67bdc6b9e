#pragma once

#include <string>

#include "internal/json/value.h"

namespace mcp::cmd {

// Puts an elicitation/create question to the person at the terminal and returns the ElicitResult (2025-11-25
// elicitation): form fields one by one, with their defaults and choices; a URL to be opened elsewhere.
// Questions go to stderr. An empty line takes the default; end of input cancels.
json::Value ask_person(const json::Value& params);

}  // namespace mcp::cmd
