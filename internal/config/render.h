#pragma once

#include <string>
#include <string_view>

#include "internal/config/document.h"
#include "internal/config/schema.h"

namespace mcp::config {

struct RenderOptions {
  bool defaults = true;  // also values that nobody gave
  bool origin = false;   // where each value came from
  bool secrets = false;  // the text of secrets, for a file that is to be read again; else shown_secret()
};

// The document as TOML that parse_file() reads back, in the schema's order; the origin is a comment.
std::string render_toml(const Schema& schema, const Document& document, const RenderOptions& options);

// {"serve": {"listen": "127.0.0.1:8080"}, "servers": {"files": {…}}}; with origin each value is {"value",
// "origin"}.
std::string render_json(const Schema& schema, const Document& document, const RenderOptions& options);

// A TOML basic string.
std::string toml_quote(std::string_view text);

}  // namespace mcp::config
