// tasks/get, tasks/result, tasks/list, tasks/cancel, tasks/update. Which of them a client has is decided by
// its revision (protocol's table of methods) before they come here.
#include <utility>

#include "internal/json/members.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/pagination.h"
#include "internal/server/background_tasks.h"

namespace mcp::server {

using protocol::Era;
using tasks::Record;
using tasks::Status;

namespace {

constexpr std::size_t kPage = 50;

Task<Outcome> ready(Outcome outcome) { co_return outcome; }

Outcome acknowledged() { return Outcome::result(std::string(R"({"resultType":"complete"})")); }

Outcome invalid(std::string message) { return Outcome::error(jsonrpc::kInvalidParams, std::move(message)); }

// One text for what never was, what expired, and what is somebody else's.
Outcome no_such_task() { return invalid("task not found: it does not exist, or its time to live is over"); }

bool is_modern(const Call& call) { return call.client().era() == Era::kModern; }

}  // namespace

Task<Outcome> BackgroundTasks::handle(CallPtr call) {
  // The extension, "Protocol Errors": MUST, before anything is told of the task.
  if (is_modern(*call) && !call->client().capabilities.tasks_extension) {
    return ready(Outcome::error(protocol::missing_tasks_extension()));
  }
  const std::string& method = call->method();
  if (method == "tasks/list") return ready(list(*call));
  if (named(*call) == nullptr) return ready(no_such_task());
  if (method == "tasks/result") return result(shared_from_this(), std::move(call));
  if (method == "tasks/cancel") return ready(cancel(*call));
  if (method == "tasks/update") return ready(update(*call));
  return ready(get(*call));
}

const Record* BackgroundTasks::named(const Call& call) const {
  auto id = json::decode_string(json::member_of(call.params().view(), "taskId"));
  return id ? table_.find(*id, task_owner(call)) : nullptr;
}

Outcome BackgroundTasks::get(const Call& call) const {
  const Record& record = *named(call);
  return Outcome::result(is_modern(call) ? detailed_task(record) : core_task(record));
}

Outcome BackgroundTasks::list(const Call& call) const {
  std::uint64_t after = 0;
  if (auto raw = json::member_of(call.params().view(), "cursor"); !raw.empty()) {
    auto text = json::decode_string(raw);
    auto cursor = text ? protocol::decode_cursor(*text) : tl::unexpected(protocol::bad_cursor());
    if (!cursor) return Outcome::error(cursor.error());
    after = cursor->offset;
  }
  auto page = table_.list(task_owner(call), after, kPage);
  std::vector<std::string> texts;
  for (const Record* record : page.records) texts.push_back(core_task(*record));
  std::vector<std::string_view> items(texts.begin(), texts.end());
  std::optional<std::string> next;
  if (page.next) next = protocol::encode_cursor({0, *page.next});
  return Outcome::result(protocol::write_page("tasks", items, next));
}

// 2025-11-25: a task that has ended MUST be refused, and the answer is the cancelled task. The extension: an
// acknowledgement in any case.
Outcome BackgroundTasks::cancel(const Call& call) {
  const Record& record = *named(call);
  std::string id = record.id;
  if (tasks::is_terminal(record.status)) {
    if (is_modern(call)) return acknowledged();
    return invalid("cannot cancel the task: it is already " + std::string(to_string(record.status)));
  }
  (void)table_.move(id, Status::kCancelled, "the client cancelled it");
  settle(id);
  const Record* cancelled = table_.at(id);
  if (is_modern(call) || cancelled == nullptr) return acknowledged();
  return Outcome::result(core_task(*cancelled));
}

// The extension, "Task Update Requests": answers to keys that are not asked (any more) are passed over.
Outcome BackgroundTasks::update(const Call& call) {
  std::string id = named(call)->id;
  std::string_view responses = json::member_of(call.params().view(), "inputResponses");
  if (json::type_of(responses) != json::Type::kObject) return invalid("inputResponses must be an object");
  Running* task = running(id);
  if (task == nullptr) return acknowledged();
  bool any = false;
  for (const json::Field& response : json::members_of(responses)) {
    std::string key(response.key);
    if (!table_.answered(id, key)) continue;
    task->answers[task->keys[key]] = Bytes::copy(response.raw);
    any = true;
  }
  if (!any) return acknowledged();
  moved(id);
  if (table_.at(id)->questions.empty() && task->answered) task->answered->set(true);
  return acknowledged();
}

// Blocks until the task has ended (2025-11-25: MUST).
Task<Outcome> BackgroundTasks::result(std::shared_ptr<BackgroundTasks> self, CallPtr call) {
  std::string id = self->named(*call)->id;
  if (Running* task = self->running(id)) {
    async::Slot<bool> done(self->loop_);
    std::erase_if(task->collectors, [](const Collector& one) { return one.call->cancelled(); });
    task->collectors.push_back(Collector{call, done});
    for (auto& question : std::exchange(task->hungry, {})) question.set(true);
    call->on_cancel([done] { done.set(false); });
    bool ended = co_await done.get();
    if (!ended) co_return Outcome::error(jsonrpc::kInternalError, "cancelled");
  }
  const Record* record = self->table_.at(id);
  if (record == nullptr) co_return no_such_task();
  co_return self->outcome_of(*record);
}

// Exactly what the call would have been answered, and to which task it belongs.
Outcome BackgroundTasks::outcome_of(const Record& record) const {
  if (!record.result.empty()) return Outcome::result(with_related_task(record.result.view(), record.id));
  if (record.error.empty()) return Outcome::error(jsonrpc::kInternalError, "the task was cancelled");
  auto error = jsonrpc::parse_rpc_error(record.error);
  return error ? Outcome::error(std::move(*error))
               : Outcome::error(jsonrpc::kInternalError, "the task failed");
}

}  // namespace mcp::server
