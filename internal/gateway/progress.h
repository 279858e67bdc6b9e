#pragma once

#include "internal/server/session.h"

namespace mcp::gateway {

// A server's report of the progress of this call, to its client: with the client's own token, if it gave one.
// What is not above the report before is dropped: a call that is sent once more begins anew, while for the
// client the value MUST increase (progress, "Behavior Requirements").
void report_progress(server::Call& call, const jsonrpc::Message& report);

}  // namespace mcp::gateway
