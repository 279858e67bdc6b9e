#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "internal/base/bytes.h"
#include "internal/tasks/status.h"

namespace mcp::tasks {

// One task as its table keeps it. Times are milliseconds since 1970, UTC.
struct Record {
  std::string id;
  std::string owner;  // whoever may see it: a principal, or a session
  Status status = Status::kWorking;
  std::string message;  // statusMessage; empty: none
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::int64_t ttl_ms = 0;
  std::int64_t poll_interval_ms = 0;

  Bytes result;                                  // raw; what the request would have been answered
  std::string error;                             // raw JSON-RPC error, when it failed with one
  std::map<std::string, std::string> questions;  // input_required: key → raw {"method":…,"params":…}

  std::int64_t expires_ms() const { return created_ms + ttl_ms; }
};

// The raw `Task` of 2025-11-25: {taskId, status, statusMessage?, createdAt, lastUpdatedAt, ttl,
// pollInterval}.
std::string core_task(const Record& record);
// The extension's members of a Task, ttlMs and pollIntervalMs, without braces.
std::string task_members(const Record& record);
// The extension's CreateTaskResult: flat, with resultType "task".
std::string create_result(const Record& record);
// The extension's DetailedTask, raw: with result, error or inputRequests as its status demands.
std::string detailed_task(const Record& record);

// "2026-07-28T10:30:00.000Z"
std::string iso8601(std::int64_t ms);

}  // namespace mcp::tasks
