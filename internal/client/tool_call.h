#pragma once

#include <memory>

#include "internal/client/tool_book.h"

namespace mcp::client {

// Runs a tools/call to a complete result: with the headers that the tool's declaration asks for, through its
// input_required rounds (complete_request). When the server refuses the headers, the declarations are read
// again, into `book`, and the call is sent once more (2026-07-28 transports, "Custom Headers from Tool
// Parameters"). The tool is the one that request.params names. One that the book does not have is called too,
// without such headers: servers may list a tool to some clients only, and they know. One that is listed and
// cannot be used (ToolBook::build) is not called.
Task<Outcome> call_tool(PeerPtr peer, std::shared_ptr<ToolBook> book, Request request,
                        std::shared_ptr<PeerEvents> events);

}  // namespace mcp::client
