#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/env.h"
#include "internal/gateway/upstream.h"
#include "internal/server/listen.h"
#include "internal/tasks/status.h"

namespace mcp::gateway {

// Where one task lives, and who made it.
struct TaskRoute {
  std::string owner;  // server::task_owner
  std::string id;     // as its client knows it
  std::string upstream_id;
  UpstreamPtr upstream;
  LinkPtr link;
  std::uint64_t position = 0;  // in the order of creation
  std::int64_t expires_ms = 0;
  tasks::Status status = tasks::Status::kWorking;  // as last heard
  Bytes seen;                                      // the raw Task as last heard, without what it left behind
  bool lost = false;                               // with its server, before it ended
  std::weak_ptr<server::Session> session;          // of a legacy client
  Bytes progress_token;                            // the client's own, raw; empty: none
  std::vector<std::weak_ptr<server::Listen>> watchers;

  bool modern() const { return link->view().era() == protocol::Era::kModern; }
};

struct TaskRouteLimits {
  std::size_t routes = 4'096;
  std::size_t routes_per_owner = 256;
  std::int64_t longest_ms = 86'400'000;  // how long a task without an end to its life is remembered
};

// Which task belongs to which client and which server. Every request about a task is routed by it, so that a
// task is reached only by whoever made it, at the connection that made it.
//
// Ids stay as their servers wrote them, so that answers and notifications pass through unchanged. Servers
// need only be unique among their own (2025-11-25 "Task ID Requirements"), so two may choose the same for one
// client: then the later task is shown under another id, made of its server's name, and only that task's
// messages are rewritten. Clients of different owners never meet. Lives on the loop.
class TaskRoutes {
 public:
  explicit TaskRoutes(Env& env = real_env(), TaskRouteLimits limits = {}) : env_(env), limits_(limits) {}

  // May this owner's next call become a task?
  bool has_room(const std::string& owner);

  // The answer to a tools/call that may have become a task, the moment it comes: what the client is told.
  protocol::Outcome created(const server::CallPtr& call, const UpstreamPtr& upstream, const LinkPtr& link,
                            protocol::Outcome outcome);

  // nullptr: unknown, expired, or another owner's. Pointers hold until the loop runs on.
  TaskRoute* find(const std::string& owner, const std::string& id);
  TaskRoute* at(const Link& link, std::string_view upstream_id);
  // An owner's, oldest first, at most `count` that came after `position`; more says whether others follow.
  std::vector<TaskRoute*> page(const std::string& owner, std::uint64_t position, std::size_t count,
                               bool& more);
  void forget(const TaskRoute& route);

  // A Task of its server, raw, as it is heard: remembered, and shown with the client's id.
  Bytes observed(TaskRoute& route, const Bytes& task);
  // A task's notification from a server goes to the client that made the task, and to no other. true: it was
  // one.
  bool relay(Link& link, const jsonrpc::Message& message);
  // notifications/tasks of a modern server, on one of the listens that follow it.
  void relay_to(server::Listen& listen, const Link& link, const jsonrpc::Message& message);
  // A question that a server asks for a task, as the client knows the task; and the tasks/result of the same
  // client on whose stream it best travels (null: none is running).
  jsonrpc::Message shown(const Link& link, jsonrpc::Message question);
  server::CallPtr collector(Link& link, const jsonrpc::Message& question);

  // A connection is gone: tasks that lived in its process have failed, and their clients are told.
  void link_lost(const Link& link);
  // A client is gone, and its tasks with it: servers that others use too are told.
  void session_closed(const server::Session& session);

  // Those of one server that may still be asked for.
  std::size_t count(const Upstream& upstream) const;
  std::size_t size() const { return routes_.size(); }

 private:
  using Key = std::pair<std::string, std::string>;          // owner, id
  using UpstreamKey = std::pair<const Link*, std::string>;  // link, upstream id

  std::string free_id(const std::string& owner, const std::string& server, const std::string& id);
  std::size_t held_by(const std::string& owner) const;
  void drop_expired();
  void tell(TaskRoute& route, const Bytes& task);

  Env& env_;
  TaskRouteLimits limits_;
  std::map<Key, TaskRoute> routes_;
  std::map<UpstreamKey, Key> by_upstream_;
  std::uint64_t next_position_ = 1;
};

// Raw ClientCapabilities of a request of our own about a modern server's task.
inline constexpr std::string_view kTasksOnly = R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})";

// An object (a Task, a CreateTaskResult, params, a result) in which every place that names a task names
// `to` instead of `from`: taskId, task.taskId, and `_meta` related-task.
std::string with_task_id(std::string_view object, std::string_view from, std::string_view to);
// The Task that says: lost with its server. `seen` is what was last heard of it.
Bytes lost_task(const TaskRoute& route);
std::string lost_message(const TaskRoute& route);

}  // namespace mcp::gateway
