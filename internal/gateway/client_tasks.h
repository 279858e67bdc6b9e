#pragma once

#include <string>

#include "internal/gateway/link.h"

namespace mcp::gateway {

// Tasks of 2025-11-25 that a client runs for a server: sampling and elicitation with params.task, over the
// session's own link. The client's ids pass through; which link a task was made over is remembered, so that
// one server learns nothing of what another had the client do.

// What of the client's `tasks` capability its own server may be told, raw: all but the list, which would name
// other servers' tasks too. Empty: nothing.
std::string told_task_capability(const protocol::ClientCapabilities& client);
// The error for a server that asks for a task that it did not make, or for a list of tasks.
std::optional<client::Outcome> refuse_task_question(const Link& link, const jsonrpc::Message& question);
// The client's answer: does it begin a task?
void note_client_task(Link& link, const jsonrpc::Message& question, const client::Outcome& outcome);
// Does this notification of the client concern this link? Only tasks/status names whom it is for.
bool concerns(const Link& link, const jsonrpc::Message& notification);

}  // namespace mcp::gateway
