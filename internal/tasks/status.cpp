#include "internal/tasks/status.h"

namespace mcp::tasks {
namespace {

constexpr Status kAll[] = {Status::kWorking, Status::kInputRequired, Status::kCompleted, Status::kFailed,
                           Status::kCancelled};

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kWorking: return "working";
    case Status::kInputRequired: return "input_required";
    case Status::kCompleted: return "completed";
    case Status::kFailed: return "failed";
    case Status::kCancelled: return "cancelled";
  }
  return {};
}

std::optional<Status> parse_status(std::string_view text) {
  for (Status status : kAll) {
    if (to_string(status) == text) return status;
  }
  return std::nullopt;
}

bool is_terminal(Status status) {
  return status == Status::kCompleted || status == Status::kFailed || status == Status::kCancelled;
}

bool may_follow(Status from, Status to) { return !is_terminal(from) && from != to; }

}  // namespace mcp::tasks
