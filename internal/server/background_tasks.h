#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/server/answer.h"
#include "internal/server/context.h"
#include "internal/server/task_call.h"
#include "internal/tasks/table.h"

namespace mcp::server {

// The tasks of a server: calls whose handlers go on after the call was answered, and the methods by which
// their clients follow them. Both forms: the core of 2025-11-25, and the extension
// io.modelcontextprotocol/tasks. A task belongs to its session, and ends with it. Modern HTTP has no
// sessions: there it belongs to the principal (2025-11-25 tasks, "Task Isolation and Access Control"; the
// extension, "Auth binding"); where everyone is "local", who knows the id may see it, and no one can guess
// it. Lives on the loop.
class BackgroundTasks : public std::enable_shared_from_this<BackgroundTasks> {
 public:
  // Told of every change of a modern client's task: its id and the raw DetailedTask.
  using OnChange = std::function<void(const std::string& task_id, const std::string& detailed)>;

  BackgroundTasks(async::Loop& loop, Env& env, tasks::Limits limits, OnChange changed);

  // Makes a task of the rest of the context's call. The outcome is what the call is answered with: a
  // CreateTaskResult of the client's era, or -32603 at a limit.
  Outcome start(ContextPtr context, Handler rest, std::optional<std::int64_t> ttl_ms = std::nullopt);

  // tasks/get, tasks/result, tasks/list, tasks/cancel, tasks/update.
  Task<Outcome> handle(CallPtr call);
  // Is it a task that this request may see?
  bool knows(const Call& call, const std::string& task_id) const;

  void session_closed(const SessionPtr& session);
  // Nobody is told any more, and all work ends.
  void stop();
  const tasks::Table& table() const { return table_; }

 private:
  // A tasks/result that waits for its task to end; questions of the task travel on its stream.
  struct Collector {
    CallPtr call;
    async::Slot<bool> done;
  };
  // What a task that has not ended needs beyond its record.
  struct Running {
    std::shared_ptr<TaskCall> call;
    std::vector<Collector> collectors;
    std::vector<async::Slot<bool>> hungry;      // questions that wait for a collector
    std::size_t asked = 0;                      // questions of a legacy client's task that are open
    std::optional<async::Slot<bool>> answered;  // the round of questions that a modern client is asked
    std::map<std::string, std::string> keys;    // of that round: key on the wire → the handler's
    std::map<std::string, Bytes> answers;       // by the handler's key
    std::set<std::string> used_keys;            // never used again (the extension, "Task Update Requests")
  };

  static Task<void> run(std::shared_ptr<BackgroundTasks> self, std::string id, ContextPtr context,
                        Handler handler);
  static Task<std::optional<Outcome>> ask_modern(std::shared_ptr<BackgroundTasks> self, std::string id,
                                                 ContextPtr context, InputRequired wanted);
  static Task<Outcome> ask_legacy(std::shared_ptr<BackgroundTasks> self, std::string id, std::string method,
                                  Bytes params);
  static Task<CallPtr> next_collector(std::shared_ptr<BackgroundTasks> self, std::string id);
  std::optional<jsonrpc::RpcError> put_up(const std::string& id, const Context& context,
                                          const InputRequired& wanted);
  void complete(const std::string& id, const Context& context, const std::string& result);
  void fail(const std::string& id, const jsonrpc::RpcError& error);
  void moved(const std::string& id);
  void settle(const std::string& id);
  void abort(const std::string& id);
  void watch_expiry();
  void expire();
  Running* running(const std::string& id);

  // task_methods.cpp
  Outcome get(const Call& call) const;
  Outcome list(const Call& call) const;
  Outcome cancel(const Call& call);
  Outcome update(const Call& call);
  static Task<Outcome> result(std::shared_ptr<BackgroundTasks> self, CallPtr call);
  Outcome outcome_of(const tasks::Record& record) const;
  const tasks::Record* named(const Call& call) const;

  async::Loop& loop_;
  Env& env_;
  tasks::Table table_;
  OnChange changed_;
  std::map<std::string, Running> running_;  // by task id
  async::Timer expiry_;
};

// Who may see a task that this call makes.
std::string task_owner(const Call& call);
// The same of what lives as long as a session.
std::string session_task_owner(const std::string& session_id);

}  // namespace mcp::server
