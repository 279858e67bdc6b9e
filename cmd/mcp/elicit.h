#pragma once

#include <memory>
#include <string>

#include "internal/async/line_input.h"
#include "internal/json/value.h"

namespace mcp::cmd {

// Puts an elicitation/create question to the person at the terminal and returns the ElicitResult (2025-11-25
// elicitation): form fields one by one (FormField); a URL to be opened elsewhere. Nothing of the question can
// move the terminal's cursor or look like a line of ours.
// Questions go to stderr. An empty line takes the default; end of input cancels. The loop goes on meanwhile.
Task<json::Value> ask_person(std::shared_ptr<async::LineInput> input, json::Value params);

}  // namespace mcp::cmd
