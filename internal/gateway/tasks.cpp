#include "internal/gateway/tasks.h"

#include <algorithm>
#include <charconv>

#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/json/splice.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/meta.h"
#include "internal/server/background_tasks.h"
#include "internal/tasks/record.h"

namespace mcp::gateway {

using config::ServerEntry;
using protocol::Era;
using protocol::Outcome;
using tasks::Status;

namespace {

constexpr std::size_t kMaxMember = 4'096;  // bytes of what is remembered of a task, its id included

std::string text_of(std::string_view object, std::string_view key) {
  auto text = json::decode_string(json::member_of(object, key));
  return text ? std::move(*text) : std::string();
}

// The Task in an answer to tools/call; empty: it made none.
std::string_view task_in(std::string_view result, Era era) {
  if (era == Era::kModern) return protocol::result_type(result) == "task" ? result : std::string_view();
  std::string_view task = json::member_of(result, "task");
  return json::type_of(task) == json::Type::kObject ? task : std::string_view();
}

std::string related_task(const jsonrpc::Message& message) {
  return text_of(json::member_of(message.meta.view(), protocol::kMetaRelatedTask), "taskId");
}

// Milliseconds; nullopt: null (unlimited), or nothing that can be read.
std::optional<std::int64_t> time_to_live(std::string_view task) {
  std::string_view raw = json::member_of(task, "ttlMs");
  if (raw.empty()) raw = json::member_of(task, "ttl");
  std::int64_t ms = 0;
  auto [end, problem] = std::from_chars(raw.data(), raw.data() + raw.size(), ms);
  if (raw.empty() || problem != std::errc() || ms < 0) return std::nullopt;
  return ms;
}

Status status_in(std::string_view task, Status otherwise) {
  return tasks::parse_status(text_of(task, "status")).value_or(otherwise);
}

// The members of a Task alone: what it left behind may be large, and is its server's to keep.
Bytes without_payload(std::string_view task) {
  std::string kept;
  for (std::string_view key : {"taskId", "status", "statusMessage", "createdAt", "lastUpdatedAt", "ttl",
                               "ttlMs", "pollInterval", "pollIntervalMs"}) {
    std::string_view raw = json::member_of(task, key);
    if (raw.empty() || raw.size() > kMaxMember) continue;
    kept.append(kept.empty() ? "" : ",").append(json_quote(key)).append(":").append(raw);
  }
  return Bytes::adopt("{" + kept + "}");
}

bool dies_with_link(const Link& link) {
  return link.entry().kind != ServerEntry::Kind::kUrl || link.state() == Link::State::kStopped;
}

}  // namespace

std::string with_task_id(std::string_view object, std::string_view from, std::string_view to) {
  json::Splice splice(object);
  auto rename = [&](std::string_view holder) {
    std::string_view raw = json::member_of(holder, "taskId");
    if (!raw.empty() && text_of(holder, "taskId") == from) splice.replace(raw, json_quote(to));
  };
  rename(object);
  rename(json::member_of(object, "task"));
  rename(json::member_of(json::member_of(object, "_meta"), protocol::kMetaRelatedTask));
  return splice.empty() ? std::string(object) : splice.apply();
}

std::string lost_message(const TaskRoute& route) {
  return "server \"" + route.upstream->name() +
         "\" was lost while the task ran: " + route.link->last_error().message;
}

Bytes lost_task(const TaskRoute& route) {
  std::string why = json_quote(lost_message(route));
  std::string task = protocol::with_member(route.seen.view(), "status", "\"failed\"");
  task = protocol::with_member(task, "statusMessage", why);
  if (route.modern())
    task = protocol::with_member(task, "error", "{\"code\":-32603,\"message\":" + why + "}");
  return Bytes::adopt(std::move(task));
}

bool TaskRoutes::has_room(const std::string& owner) {
  if (routes_.size() >= limits_.routes || held_by(owner) >= limits_.routes_per_owner) drop_expired();
  return routes_.size() < limits_.routes && held_by(owner) < limits_.routes_per_owner;
}

std::size_t TaskRoutes::held_by(const std::string& owner) const {
  std::size_t count = 0;
  for (auto route = routes_.lower_bound({owner, ""}); route != routes_.end() && route->first.first == owner;
       ++route) {
    ++count;
  }
  return count;
}

std::size_t TaskRoutes::count(const Upstream& upstream) const {
  std::int64_t now = env_.wall_clock_ms();
  return static_cast<std::size_t>(std::count_if(routes_.begin(), routes_.end(), [&](const auto& entry) {
    const TaskRoute& route = entry.second;
    return route.upstream.get() == &upstream && !route.lost && route.expires_ms > now;
  }));
}

void TaskRoutes::drop_expired() {
  std::int64_t now = env_.wall_clock_ms();
  for (auto route = routes_.begin(); route != routes_.end();) {
    auto next = std::next(route);
    if (route->second.expires_ms <= now) forget(route->second);
    route = next;
  }
}

std::string TaskRoutes::free_id(const std::string& owner, const std::string& server, const std::string& id) {
  std::string shown = id;
  for (int again = 1; routes_.count({owner, shown}) != 0; ++again) {
    shown = server + "__" + id + (again > 1 ? "-" + std::to_string(again) : "");
  }
  return shown;
}

Outcome TaskRoutes::created(const server::CallPtr& call, const UpstreamPtr& upstream, const LinkPtr& link,
                            Outcome outcome) {
  if (!outcome.ok()) return outcome;
  std::string_view task = task_in(outcome.raw().view(), link->view().era());
  std::string upstream_id = text_of(task, "taskId");
  if (upstream_id.empty()) return outcome;
  if (upstream_id.size() > kMaxMember) {
    return Outcome::error(jsonrpc::kInternalError,
                          "server \"" + upstream->name() + "\" made a task whose id is too long");
  }
  // A server that counts its tasks begins anew when it is started again: the earlier one is gone.
  if (TaskRoute* earlier = at(*link, upstream_id)) forget(*earlier);
  TaskRoute route;
  route.owner = server::task_owner(*call);
  route.upstream_id = upstream_id;
  route.id = free_id(route.owner, upstream->name(), upstream_id);
  route.upstream = upstream;
  route.link = link;
  route.position = next_position_++;
  route.expires_ms =
      env_.wall_clock_ms() + std::min(time_to_live(task).value_or(limits_.longest_ms), limits_.longest_ms);
  route.status = status_in(task, Status::kWorking);
  if (call->client().era() == Era::kLegacy) route.session = call->session();
  route.progress_token = call->message().progress_token;
  route.seen = without_payload(with_task_id(task, upstream_id, route.id));
  log::debug("task made", {{"server", upstream->name()}, {"task", route.id}});
  Bytes told = outcome.raw();
  if (route.id != upstream_id) told = Bytes::adopt(with_task_id(told.view(), upstream_id, route.id));
  Key key{route.owner, route.id};
  by_upstream_[{link.get(), upstream_id}] = key;
  routes_.emplace(key, std::move(route));
  return Outcome::result(std::move(told));
}

TaskRoute* TaskRoutes::find(const std::string& owner, const std::string& id) {
  auto found = routes_.find({owner, id});
  if (found == routes_.end() || found->second.expires_ms <= env_.wall_clock_ms()) return nullptr;
  // A link that was stopped says nothing more, not even that it is gone.
  TaskRoute& route = found->second;
  if (route.link->state() == Link::State::kStopped && !tasks::is_terminal(route.status)) {
    route.lost = true;
    route.status = Status::kFailed;
  }
  return &route;
}

TaskRoute* TaskRoutes::at(const Link& link, std::string_view upstream_id) {
  auto found = by_upstream_.find({&link, std::string(upstream_id)});
  if (found == by_upstream_.end()) return nullptr;
  auto route = routes_.find(found->second);
  return route == routes_.end() ? nullptr : &route->second;
}

std::vector<TaskRoute*> TaskRoutes::page(const std::string& owner, std::uint64_t position, std::size_t count,
                                         bool& more) {
  std::vector<TaskRoute*> all;
  for (auto route = routes_.lower_bound({owner, ""}); route != routes_.end() && route->first.first == owner;
       ++route) {
    if (route->second.position > position && find(owner, route->first.second) != nullptr)
      all.push_back(&route->second);
  }
  std::sort(all.begin(), all.end(),
            [](const TaskRoute* a, const TaskRoute* b) { return a->position < b->position; });
  more = all.size() > count;
  if (more) all.resize(count);
  return all;
}

void TaskRoutes::forget(const TaskRoute& route) {
  Key key{route.owner, route.id};
  by_upstream_.erase({route.link.get(), route.upstream_id});
  routes_.erase(key);
}

Bytes TaskRoutes::observed(TaskRoute& route, const Bytes& task) {
  Bytes shown = task;
  if (route.id != route.upstream_id)
    shown = Bytes::adopt(with_task_id(task.view(), route.upstream_id, route.id));
  if (json::member_of(task.view(), "status").empty()) return shown;
  route.status = status_in(shown.view(), route.status);
  route.seen = without_payload(shown.view());
  return shown;
}

bool TaskRoutes::relay(Link& link, const jsonrpc::Message& message) {
  if (message.method == "notifications/tasks/status") {
    TaskRoute* route = at(link, text_of(message.params.view(), "taskId"));
    auto session = route != nullptr ? route->session.lock() : nullptr;
    if (session) session->notify(message.method, observed(*route, message.params).view());
    return true;
  }
  if (message.method == "notifications/progress") {
    // 2025-11-25 tasks: the token of the call stays valid while its task lives.
    std::string upstream_id = related_task(message);
    TaskRoute* route = at(link, upstream_id);
    auto session = route != nullptr ? route->session.lock() : nullptr;
    if (!session || route->progress_token.empty()) return true;
    auto params = protocol::with_member(message.params.view(), "progressToken", route->progress_token.view());
    session->notify(message.method, with_task_id(params, upstream_id, route->id));
    return true;
  }
  return message.method == "notifications/tasks";
}

void TaskRoutes::relay_to(server::Listen& listen, const Link& link, const jsonrpc::Message& message) {
  TaskRoute* route = at(link, text_of(message.params.view(), "taskId"));
  if (route == nullptr || !listen.wants(message.method, route->id)) return;
  listen.emit(message.method, observed(*route, message.params).view());
}

jsonrpc::Message TaskRoutes::shown(const Link& link, jsonrpc::Message question) {
  TaskRoute* route = at(link, related_task(question));
  if (route == nullptr || route->id == route->upstream_id) return question;
  auto params = with_task_id(question.params.view(), route->upstream_id, route->id);
  return jsonrpc::own_message(jsonrpc::make_request(*question.id, question.method, params));
}

server::CallPtr TaskRoutes::collector(Link& link, const jsonrpc::Message& question) {
  std::string id = related_task(question);
  if (id.empty()) return nullptr;
  for (auto& [upstream_call, call] : link.running()) {
    if (call->method() == "tasks/result" && text_of(call->params().view(), "taskId") == id) return call;
  }
  return nullptr;
}

void TaskRoutes::tell(TaskRoute& route, const Bytes& task) {
  if (auto session = route.session.lock()) session->notify("notifications/tasks/status", task.view());
  for (auto& watcher : route.watchers) {
    auto listen = watcher.lock();
    if (listen && listen->wants("notifications/tasks", route.id))
      listen->emit("notifications/tasks", task.view());
  }
}

void TaskRoutes::link_lost(const Link& link) {
  if (link.state() == Link::State::kReady || link.state() == Link::State::kStarting || !dies_with_link(link))
    return;
  std::vector<Key> ended;
  for (auto& [key, route] : routes_) {
    if (route.link.get() != &link || route.lost) continue;
    // What had ended is forgotten with what it left behind: no state follows a terminal one.
    if (tasks::is_terminal(route.status)) {
      ended.push_back(key);
      continue;
    }
    route.lost = true;
    route.status = Status::kFailed;
    tell(route, lost_task(route));
  }
  for (const Key& key : ended) forget(routes_.at(key));
}

void TaskRoutes::session_closed(const server::Session& session) {
  std::string owner = server::session_task_owner(session.id());
  for (auto route = routes_.lower_bound({owner, ""}); route != routes_.end() && route->first.first == owner;
       route = routes_.lower_bound({owner, ""})) {
    const TaskRoute& task = route->second;
    if (task.link->peer() && task.link->owner().empty() && !tasks::is_terminal(task.status)) {
      client::Request request;
      request.method = "tasks/cancel";
      request.params = Bytes::adopt("{\"taskId\":" + json_quote(task.upstream_id) + "}");
      if (task.modern()) request.capabilities = std::string(kTasksOnly);
      task.link->peer()->start(std::move(request), [](client::Outcome) {});
    }
    forget(task);
  }
}

}  // namespace mcp::gateway
