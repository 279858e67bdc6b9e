#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"
#include "internal/config/node.h"
#include "internal/config/schema.h"

namespace mcp::config {

// Text or a file's node into a checked Value of the key's type; the origin is left to the caller.
// Errors: kInvalid; the message continues "[serve] listen: ". `spelled`: what stands before the value where
// the text comes from, "--listen " or "MCP_SERVE_LISTEN=", for examples; empty: KEY = VALUE.
Result<Value> convert_text(const Key& key, std::string_view text, const std::string& spelled);
Result<Value> convert_node(const Key& key, const Node& node);

// The declared default; NAME in it becomes `table_name`.
Value default_value(const Key& key, std::string_view table_name);

}  // namespace mcp::config
