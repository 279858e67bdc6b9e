#include "internal/server/background_tasks.h"

#include <algorithm>
#include <utility>

#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/server/rounds.h"

namespace mcp::server {

using protocol::Era;
using tasks::Record;
using tasks::Status;

namespace {

bool is_legacy(const Call& call) { return call.client().era() == Era::kLegacy; }

std::string error_json(const jsonrpc::RpcError& error) {
  std::string out = "{\"code\":" + std::to_string(error.code) + ",\"message\":" + json_quote(error.message);
  if (!error.data.empty()) out.append(",\"data\":").append(error.data);
  return out + "}";
}

}  // namespace

std::string session_task_owner(const std::string& session_id) { return "session " + session_id; }

std::string task_owner(const Call& call) {
  bool one_request = !is_legacy(call) && call.headers() != nullptr;
  return one_request ? "principal " + call.session()->principal() : session_task_owner(call.session()->id());
}

BackgroundTasks::BackgroundTasks(async::Loop& loop, Env& env, tasks::Limits limits, OnChange changed)
    : loop_(loop), env_(env), table_(env, limits), changed_(std::move(changed)), expiry_(loop) {}

Outcome BackgroundTasks::start(ContextPtr context, Handler rest, std::optional<std::int64_t> ttl_ms) {
  CallPtr request = context->call();
  auto created = table_.create(task_owner(*request), ttl_ms);
  if (!created) return Outcome::error(created.error());
  std::string id = (*created)->id;
  bool legacy = is_legacy(*request);
  std::string seed = legacy ? "{\"task\":" + core_task(**created) + "}" : create_result(**created);
  std::weak_ptr<BackgroundTasks> weak = weak_from_this();
  auto asker = [weak, id](std::string method, Bytes params) {
    return ask_legacy(weak.lock(), id, std::move(method), std::move(params));
  };
  auto call = std::make_shared<TaskCall>(request, id, asker);
  running_[id].call = call;
  context->go_on_as(call);
  log::debug("task created", {{"task", id}, {"tool", request->name()}});
  watch_expiry();
  // Not before the answer is on its way: nobody knows the task's name yet.
  auto begin = [self = shared_from_this(), id, going_on = std::move(context), handler = std::move(rest)] {
    if (self->running(id) != nullptr) self->loop_.spawn(run(self, id, going_on, handler));
  };
  loop_.post(begin);
  return Outcome::result(std::move(seed));
}

BackgroundTasks::Running* BackgroundTasks::running(const std::string& id) {
  auto found = running_.find(id);
  return found == running_.end() ? nullptr : &found->second;
}

bool BackgroundTasks::knows(const Call& call, const std::string& task_id) const {
  return table_.find(task_id, task_owner(call)) != nullptr;
}

Task<void> BackgroundTasks::run(std::shared_ptr<BackgroundTasks> self, std::string id, ContextPtr context,
                                Handler handler) {
  for (int round = 0; round < kMaxRounds; ++round) {
    Answer answer = co_await run_once(handler, context);
    if (self->running(id) == nullptr) co_return;  // cancelled or expired meanwhile
    if (const auto* result = answer.result()) co_return self->complete(id, *context, *result);
    if (const auto* error = answer.error()) co_return self->fail(id, *error);
    if (const auto* work = answer.background()) {
      handler = work->rest;
      continue;
    }
    InputRequired wanted = *answer.input_required();
    auto asking = context->modern() ? ask_modern(self, id, context, wanted) : ask_all(context, wanted);
    std::optional<Outcome> stopped = co_await std::move(asking);
    if (self->running(id) == nullptr) co_return;
    if (stopped) co_return self->fail(id, stopped->error());
  }
  self->fail(id, {jsonrpc::kInternalError, "a handler asked for input without end", {}});
}

// The questions stand in tasks/get until tasks/update has brought every answer.
Task<std::optional<Outcome>> BackgroundTasks::ask_modern(std::shared_ptr<BackgroundTasks> self,
                                                         std::string id, ContextPtr context,
                                                         InputRequired wanted) {
  if (auto refused = self->put_up(id, *context, wanted)) co_return Outcome::error(std::move(*refused));
  self->moved(id);
  async::Slot<bool> slot = *self->running(id)->answered;
  bool all = co_await slot.get();
  Running* task = self->running(id);
  if (!all || task == nullptr) co_return std::nullopt;
  context->forget_input_responses();
  context->set_request_state(wanted.state);
  for (auto& [key, raw] : std::exchange(task->answers, {})) context->add_input_response(key, raw);
  task->answered.reset();
  co_return std::nullopt;
}

std::optional<jsonrpc::RpcError> BackgroundTasks::put_up(const std::string& id, const Context& context,
                                                         const InputRequired& wanted) {
  if (wanted.questions.empty())
    return jsonrpc::RpcError{jsonrpc::kInternalError, "a task cannot wait for nothing", {}};
  if (auto refused = cannot_ask(context, wanted)) return refused;
  Running& task = running_.at(id);
  task.keys.clear();
  std::map<std::string, std::string> questions;
  for (const auto& question : wanted.questions) {
    std::string key = question.key;
    for (int again = 2; !task.used_keys.insert(key).second; ++again) {
      key = question.key + "-" + std::to_string(again);
    }
    task.keys[key] = question.key;
    questions[key] = to_json(question);
  }
  auto asked = table_.ask(id, questions);
  if (!asked) return jsonrpc::to_rpc_error(asked.error());
  task.answered.emplace(loop_);
  return std::nullopt;
}

// 2025-11-25 tasks, "Input Required Status": a requestor that meets it calls tasks/result; its stream is the
// one that the client reads for sure, so the question waits for it. When that call ends before the answer,
// the next one is asked again.
Task<Outcome> BackgroundTasks::ask_legacy(std::shared_ptr<BackgroundTasks> self, std::string id,
                                          std::string method, Bytes params) {
  const Error over{ErrorCode::kCancelled, "the task is over", {}};
  Running* task = self ? self->running(id) : nullptr;
  if (task == nullptr) co_return Outcome::failure(over);
  if (task->asked++ == 0 && self->table_.move(id, Status::kInputRequired)) self->moved(id);
  Bytes related = Bytes::adopt(with_related_task(params.view(), id));
  Outcome outcome = Outcome::failure(over);
  for (;;) {
    auto collecting = next_collector(self, id);
    CallPtr collector = co_await std::move(collecting);
    if (!collector) co_return Outcome::failure(over);
    auto asking = collector->ask(method, related);
    outcome = co_await std::move(asking);
    task = self->running(id);
    if (task == nullptr) co_return Outcome::failure(over);
    if (!collector->cancelled()) break;
  }
  if (--task->asked == 0 && self->table_.move(id, Status::kWorking)) self->moved(id);
  co_return outcome;
}

// null: the task is over.
Task<CallPtr> BackgroundTasks::next_collector(std::shared_ptr<BackgroundTasks> self, std::string id) {
  for (Running* task = self->running(id); task != nullptr; task = self->running(id)) {
    std::erase_if(task->collectors, [](const Collector& one) { return one.call->cancelled(); });
    if (!task->collectors.empty()) co_return task->collectors.back().call;
    async::Slot<bool> slot(self->loop_);
    task->hungry.push_back(slot);
    bool came = co_await slot.get();
    if (!came) break;
  }
  co_return nullptr;
}

// A tool's result that says isError: 2025-11-25 wants the task failed, the extension wants it completed.
void BackgroundTasks::complete(const std::string& id, const Context& context, const std::string& result) {
  bool failed = !context.modern() && json::member_of(result, "isError") == "true";
  auto kept = table_.finish(id, failed ? Status::kFailed : Status::kCompleted, Bytes::copy(result),
                            failed ? "the tool reported an error" : "");
  if (!kept) log::warn("a task's result was dropped", {{"task", id}, {"reason", kept.error().message}});
  settle(id);
}

void BackgroundTasks::fail(const std::string& id, const jsonrpc::RpcError& error) {
  (void)table_.fail(id, error_json(error), error.message);
  settle(id);
}

// Tells the client: by what it listens to (extension), or outside any request (2025-11-25).
void BackgroundTasks::moved(const std::string& id) {
  const Record* record = table_.at(id);
  Running* task = running(id);
  if (record == nullptr || task == nullptr) return;
  if (!is_legacy(*task->call)) {
    if (changed_) changed_(id, detailed_task(*record));
    return;
  }
  task->call->session()->notify("notifications/tasks/status", core_task(*record));
}

// It has ended, whatever as: everyone who waits for it goes on.
void BackgroundTasks::settle(const std::string& id) {
  moved(id);
  auto found = running_.find(id);
  if (found == running_.end()) return;
  Running task = std::move(found->second);
  running_.erase(found);
  for (auto& collector : task.collectors) collector.done.set(true);
  for (auto& question : task.hungry) question.set(false);
  if (task.answered) task.answered->set(false);
  const Record* record = table_.at(id);
  bool done = record != nullptr && record->status != Status::kCancelled;
  if (done) return task.call->finish();
  task.call->cancel();
}

// Cancelled, and forgotten at once: nobody is left who could ask for it.
void BackgroundTasks::abort(const std::string& id) {
  (void)table_.move(id, Status::kCancelled);
  settle(id);
  table_.forget(id);
}

void BackgroundTasks::session_closed(const SessionPtr& session) {
  for (const std::string& id : table_.of_owner(session_task_owner(session->id()))) abort(id);
  watch_expiry();
}

void BackgroundTasks::stop() {
  changed_ = nullptr;
  expiry_.cancel();
  std::vector<std::string> ids;
  for (const auto& [id, task] : running_) ids.push_back(id);
  for (const std::string& id : ids) abort(id);
}

void BackgroundTasks::watch_expiry() {
  auto next = table_.next_expiry_ms();
  if (!next) return expiry_.cancel();
  std::weak_ptr<BackgroundTasks> weak = weak_from_this();
  auto wait = std::max<std::int64_t>(0, *next - env_.wall_clock_ms());
  expiry_.start(async::Millis(wait), [weak] {
    if (auto self = weak.lock()) self->expire();
  });
}

void BackgroundTasks::expire() {
  for (const std::string& id : table_.expired()) {
    log::debug("task expired", {{"task", id}});
    settle(id);
    table_.forget(id);
  }
  watch_expiry();
}

}  // namespace mcp::server
