#include "internal/server/task_call.h"

#include <utility>

#include "internal/base/strings.h"
#include "internal/protocol/meta.h"

namespace mcp::server {
namespace {

Task<Outcome> refuse(Error why) { co_return Outcome::failure(std::move(why)); }

}  // namespace

std::string with_related_task(std::string_view object, std::string_view task_id) {
  return protocol::with_meta(object.empty() ? "{}" : object, protocol::kMetaRelatedTask,
                             "{\"taskId\":" + json_quote(task_id) + "}");
}

void TaskCall::notify(std::string_view method, std::string_view params) {
  if (over_ || client().era() == protocol::Era::kModern) return;
  session()->notify(method, with_related_task(params, task_id_));
}

Task<Outcome> TaskCall::ask(std::string method, Bytes params) {
  if (over_ || !asker_) return refuse(Error{ErrorCode::kCancelled, "the task is over", {}});
  if (client().era() == protocol::Era::kModern) {
    return refuse(Error{ErrorCode::kUnsupported, "a modern client is asked by input_required only", {}});
  }
  return asker_(std::move(method), std::move(params));
}

void TaskCall::on_cancel(std::function<void()> fn) {
  if (over_) return fn();
  on_cancel_.push_back(std::move(fn));
}

void TaskCall::cancel() {
  if (over_) return;
  over_ = true;
  asker_ = nullptr;
  for (auto& fn : std::exchange(on_cancel_, {})) fn();
}

void TaskCall::finish() {
  over_ = true;
  asker_ = nullptr;
  on_cancel_.clear();
}

}  // namespace mcp::server
