// Requests about tasks, and calls that may become one. Tasks stay within one era: a client of 2025-11-25 has
// tasks at servers of the handshake revisions, a client of 2026-07-28 at servers that offer it the extension.
#include <algorithm>

#include "internal/base/strings.h"
#include "internal/gateway/view.h"
#include "internal/json/members.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/pagination.h"
#include "internal/server/background_tasks.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;

namespace {

constexpr std::size_t kTasksOnPage = 50;
constexpr async::Millis kListPatience{10'000};  // with each server whose task stands on the page

Outcome no_such_task() {
  return Outcome::error(jsonrpc::kInvalidParams,
                        "task not found: it does not exist, or its time to live is over");
}

std::string_view era_name(Era era) { return era == Era::kModern ? "2026-07-28" : "2025-11-25"; }

Outcome no_tasks(const CallPtr& call) {
  return Outcome::error(jsonrpc::kMethodNotFound,
                        "method not found: " + call->method() +
                            ": no server here offers tasks to clients of " +
                            std::string(era_name(call->client().era())) +
                            "; tasks of servers of the other era cannot be reached");
}

Bytes without_task(const Bytes& params) {
  return Bytes::adopt(protocol::without_member(params.view(), "task"));
}

std::string task_id(const CallPtr& call) {
  auto id = json::decode_string(json::member_of(call->params().view(), "taskId"));
  return id ? std::move(*id) : std::string();
}

// What is said of a task that was lost with its server.
Outcome answer_for_lost(const CallPtr& call, const TaskRoute& route) {
  const std::string& method = call->method();
  if (method == "tasks/get") return Outcome::result(lost_task(route));
  if (method == "tasks/result") return Outcome::error(jsonrpc::kInternalError, lost_message(route));
  if (call->client().era() == Era::kModern)
    return Outcome::result(std::string(R"({"resultType":"complete"})"));
  return Outcome::error(jsonrpc::kInvalidParams, "cannot cancel the task: it is already failed");
}

}  // namespace

// Tasks of a server that was replaced or removed are reached as long as that server is.
bool View::shows(const Upstream& upstream) const {
  return merged_ || roster_.find(upstream.name()) != nullptr;
}

bool View::offers_tasks(const CallPtr& call) const {
  Era era = call->client().era();
  return std::any_of(roster_.begin(), roster_.end(), [&](const UpstreamPtr& upstream) {
    LinkPtr link = upstream->pick(call->session(), call->client());
    const auto& offered = link->view().capabilities;
    bool same = link->known() && link->view().era() == era;
    return same && (era == Era::kModern ? offered.tasks_extension : offered.tasks);
  });
}

Task<Outcome> View::task_request(std::shared_ptr<View> self, CallPtr call) {
  // The extension, "Protocol Errors": MUST, before anything is told of the task.
  if (call->client().era() == Era::kModern && !call->client().capabilities.tasks_extension)
    co_return Outcome::error(protocol::missing_tasks_extension());
  auto gateway = self->gateway_.lock();
  if (!gateway) co_return no_such_task();
  std::string owner = server::task_owner(*call);
  std::string id = task_id(call);
  TaskRoute* route = gateway->tasks().find(owner, id);
  if (route == nullptr || !self->shows(*route->upstream))
    co_return self->offers_tasks(call) ? no_such_task() : no_tasks(call);
  if (route->lost) {
    Outcome told = answer_for_lost(call, *route);
    co_return self->bridged(call, *route->link, std::move(told));
  }
  Target target;
  target.upstream = route->upstream;
  target.link = route->link;
  target.pinned = true;
  target.params =
      Bytes::adopt(protocol::with_member(call->params().view(), "taskId", json_quote(route->upstream_id)));
  // It may block as long as the task lives; a time-out of calls says nothing of it.
  if (call->method() == "tasks/result") target.timeout = async::Millis(0);
  auto forwarding = forward(self, call, std::move(target));
  Outcome outcome = co_await std::move(forwarding);
  route = gateway->tasks().find(owner, id);
  if (route == nullptr) co_return outcome;
  if (route->lost && !outcome.ok()) {
    Outcome told = answer_for_lost(call, *route);
    co_return self->bridged(call, *route->link, std::move(told));
  }
  if (!outcome.ok()) co_return outcome;
  bool is_task = call->method() == "tasks/get" || call->method() == "tasks/cancel";
  if (is_task) co_return Outcome::result(gateway->tasks().observed(*route, outcome.raw()));
  if (route->id == route->upstream_id) co_return outcome;
  co_return Outcome::result(with_task_id(outcome.raw().view(), route->upstream_id, route->id));
}

// Every task that tasks/get would answer, in the order in which they were made, whoever's server it is
// (2025-11-25 "Task Listing": MUST): one tasks/get for each on the page, side by side. A server's own list
// would also name the tasks of other clients whom it serves over the same connection.
Task<Outcome> View::list_tasks(std::shared_ptr<View> self, CallPtr call) {
  auto gateway = self->gateway_.lock();
  if (!gateway || !self->offers_tasks(call)) co_return no_tasks(call);
  std::uint64_t after = 0;
  std::string_view raw = json::member_of(call->params().view(), "cursor");
  if (!raw.empty()) {
    auto text = json::decode_string(raw);
    auto cursor = text ? protocol::decode_cursor(*text) : tl::unexpected(protocol::bad_cursor());
    if (!cursor) co_return Outcome::error(cursor.error());
    after = cursor->offset;
  }
  std::string owner = server::task_owner(*call);
  bool more = false;
  std::vector<std::string> ids;
  std::vector<async::Slot<Outcome>> answers;
  for (TaskRoute* route : gateway->tasks().page(owner, after, kTasksOnPage, more)) {
    after = route->position;
    if (!self->shows(*route->upstream)) continue;
    async::Slot<Outcome> slot(self->loop());
    ids.push_back(route->id);
    answers.push_back(slot);
    if (route->lost || !route->link->peer()) {
      slot.set(Outcome::result(route->lost ? lost_task(*route) : route->seen));
      continue;
    }
    client::Request request;
    request.method = "tasks/get";
    request.params = Bytes::adopt("{\"taskId\":" + json_quote(route->upstream_id) + "}");
    request.timeout = kListPatience;
    route->link->peer()->start(std::move(request), [slot](Outcome got) { slot.set(std::move(got)); });
  }
  std::vector<Bytes> texts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Outcome got = co_await answers[i].get();
    TaskRoute* route = gateway->tasks().find(owner, ids[i]);
    if (route == nullptr) continue;
    bool unknown = !got.ok() && !got.cause() && got.error().code == jsonrpc::kInvalidParams;
    if (unknown && !route->lost) {
      gateway->tasks().forget(*route);
      continue;
    }
    bool fresh = got.ok() && !route->lost;
    texts.push_back(route->lost ? lost_task(*route)
                    : fresh     ? gateway->tasks().observed(*route, got.raw())
                                : route->seen);
  }
  std::vector<std::string_view> items;
  for (const Bytes& text : texts) items.push_back(text.view());
  std::optional<std::string> next;
  if (more) next = protocol::encode_cursor({0, after});
  co_return Outcome::result(protocol::write_page("tasks", items, next));
}

std::optional<Outcome> View::admit_task(const CallPtr& call, Target& target) const {
  if (call->method() != "tools/call") return std::nullopt;
  auto gateway = gateway_.lock();
  const protocol::ClientView& client = call->client();
  Era server_era = target.link->view().era();
  bool wished = !json::member_of(target.params.view(), "task").empty();
  auto room = [&] { return gateway && gateway->tasks().has_room(server::task_owner(*call)); };
  if (client.era() == Era::kModern) {
    // The extension knows no params.task: a modern server passes over it, a legacy one would make a task.
    if (wished && server_era == Era::kLegacy) target.params = without_task(target.params);
    bool takes = server_era == Era::kModern && client.capabilities.tasks_extension;
    target.as_task = takes && room();
    target.tasks = !takes || target.as_task;
    const Item* item = find(*target.link, ListKind::kTools, call->name(), call->session()->principal());
    bool only_as_task =
        item != nullptr && server_era == Era::kLegacy &&
        json::member_of(json::member_of(item->raw.view(), "execution"), "taskSupport") == "\"required\"";
    if (!only_as_task) return std::nullopt;
    return Outcome::error(
        jsonrpc::kInvalidParams,
        "tool " + call->name() +
            " runs only as a task of 2025-11-25, which clients of 2026-07-28 cannot follow");
  }
  if (!wished) return std::nullopt;
  if (client.revision != protocol::Revision::k2025_11_25) {
    target.params = without_task(target.params);
    return std::nullopt;
  }
  if (server_era == Era::kModern) {
    // 2025-11-25 "Tool-Level Negotiation": such a tool supports no tasks.
    return Outcome::error(
        jsonrpc::kMethodNotFound,
        "tool " + call->name() +
            " cannot be called as a task: its server speaks 2026-07-28, whose tasks a client of "
            "2025-11-25 cannot follow; call it without params.task");
  }
  if (!room()) {
    if (gateway) gateway->account()->refused("max_tasks");
    return Outcome::error(Error{ErrorCode::kLimit, "too many tasks of this client are remembered",
                                "they are forgotten when their time to live is over"});
  }
  target.as_task = true;
  return std::nullopt;
}

std::function<void(Outcome)> View::task_noting(const CallPtr& call, const Target& target,
                                               async::Slot<Outcome> answer) const {
  if (!target.as_task) return [answer](Outcome outcome) { answer.set(std::move(outcome)); };
  return [answer, call, gateway = gateway_, upstream = target.upstream, link = target.link](Outcome outcome) {
    auto owner = gateway.lock();
    answer.set(owner ? owner->tasks().created(call, upstream, link, std::move(outcome)) : std::move(outcome));
  };
}

std::function<void(const jsonrpc::Message&)> View::task_relaying(
    const LinkPtr& link, std::function<void(const jsonrpc::Message&)> otherwise) const {
  return [gateway = gateway_, link, otherwise = std::move(otherwise)](const jsonrpc::Message& message) {
    auto owner = gateway.lock();
    if (owner && owner->tasks().relay(*link, message)) return;
    if (otherwise) otherwise(message);
  };
}

std::map<LinkPtr, std::vector<std::string>> View::watched_tasks(const CallPtr& call,
                                                                protocol::ListenFilter& filter) const {
  std::map<LinkPtr, std::vector<std::string>> by_link;
  auto gateway = gateway_.lock();
  std::string owner = server::task_owner(*call);
  std::erase_if(filter.task_ids, [&](const std::string& id) {
    TaskRoute* route = gateway ? gateway->tasks().find(owner, id) : nullptr;
    bool ours = route != nullptr && route->modern() && shows(*route->upstream);
    if (ours && !route->lost) by_link[route->link].push_back(route->upstream_id);
    return !ours;
  });
  return by_link;
}

void View::watch_tasks(const CallPtr& call, const std::shared_ptr<server::Listen>& listen) const {
  auto gateway = gateway_.lock();
  if (!gateway) return;
  for (const std::string& id : listen->filter().task_ids) {
    TaskRoute* route = gateway->tasks().find(server::task_owner(*call), id);
    if (route == nullptr) continue;
    std::erase_if(route->watchers, [](const auto& watcher) { return watcher.expired(); });
    route->watchers.push_back(listen);
  }
}

}  // namespace mcp::gateway
