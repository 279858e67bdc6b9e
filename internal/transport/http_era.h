#pragma once

#include <string_view>

#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// Does an MCP-Protocol-Version value name the modern era: 2026-07-28, or a later date that we do not know?
bool names_modern_revision(std::string_view version);

// Does this POST speak the modern era? By its version header, or by its `_meta`: a body that claims it
// without the header is a modern one with a mismatch, not a legacy one (2026-07-28 versioning, "dual-era
// servers").
bool is_modern_post(const http::Headers& headers, const jsonrpc::Message& message);

}  // namespace mcp::transport
