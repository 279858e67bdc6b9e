#pragma once

#include <optional>
#include <string_view>

namespace mcp::tasks {

// The five states of a task, which the core of 2025-11-25 and the extension io.modelcontextprotocol/tasks
// share.
enum class Status { kWorking, kInputRequired, kCompleted, kFailed, kCancelled };

std::string_view to_string(Status status);  // as it is written on the wire
std::optional<Status> parse_status(std::string_view text);
// completed, failed, cancelled: nothing follows.
bool is_terminal(Status status);
// 2025-11-25 tasks, "Task Status Lifecycle". Staying where one is is no move.
bool may_follow(Status from, Status to);

}  // namespace mcp::tasks
