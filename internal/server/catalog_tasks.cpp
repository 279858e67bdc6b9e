// Which calls of tools become tasks.
#include <algorithm>
#include <charconv>
#include <utility>

#include "internal/json/members.h"
#include "internal/protocol/lifecycle.h"
#include "internal/server/catalog.h"
#include "internal/server/rounds.h"

namespace mcp::server {
namespace {

Task<Outcome> ready(Outcome outcome) { co_return outcome; }

// 2025-11-25 "Creating Tasks": params.task, with the time to live that the client wishes.
struct Wish {
  bool task = false;
  std::optional<std::int64_t> ttl_ms;
};

tl::expected<Wish, jsonrpc::RpcError> read_wish(const Call& call) {
  auto invalid = [](std::string why) {
    return tl::unexpected(jsonrpc::RpcError{jsonrpc::kInvalidParams, std::move(why), {}});
  };
  std::string_view raw = json::member_of(call.params().view(), "task");
  if (raw.empty()) return Wish{};
  if (json::type_of(raw) != json::Type::kObject) return invalid("task must be an object");
  std::string_view ttl = json::member_of(raw, "ttl");
  if (ttl.empty()) return Wish{true, std::nullopt};
  std::int64_t ms = 0;
  auto [end, problem] = std::from_chars(ttl.data(), ttl.data() + ttl.size(), ms);
  if (problem != std::errc() || end != ttl.data() + ttl.size() || ms < 0)
    return invalid("task.ttl must be a number of milliseconds");
  return Wish{true, ms};
}

Outcome not_as_task(const Tool& tool) {
  return Outcome::error(jsonrpc::kMethodNotFound, "tool " + tool.name + " cannot be called as a task");
}

Outcome only_as_task(const Tool& tool) {
  return Outcome::error(jsonrpc::kMethodNotFound,
                        "tool " + tool.name + " can be called as a task only: send params.task (2025-11-25)");
}

}  // namespace

bool Catalog::has_task_tools() const {
  return std::any_of(tools_.begin(), tools_.end(), [](const auto& entry) {
    return entry->item.tool.task_support != TaskSupport::kForbidden;
  });
}

// Not a coroutine itself.
Task<Outcome> Catalog::run_tool(ContextPtr context, const Tool* tool, const Handler* handler) {
  const Call& call = *context->call();
  bool never = tool->task_support == TaskSupport::kForbidden;
  bool always = tool->task_support == TaskSupport::kRequired;
  if (context->modern()) {
    // The extension: a client that did not declare it is never given a task; params.task means nothing.
    bool takes = call.client().capabilities.tasks_extension;
    if (always && !takes) return ready(Outcome::error(protocol::missing_tasks_extension()));
    if (never || !takes) return run_handler(std::move(context), *handler, seal_);
    auto escalate = [tasks = background_](ContextPtr going_on, Handler rest) {
      return tasks->start(std::move(going_on), std::move(rest));
    };
    return run_handler(std::move(context), *handler, seal_, escalate);
  }
  // 2025-11-25 "Tool-Level Negotiation". Older revisions know no tasks, and no params.task.
  bool knows_tasks = call.client().revision == protocol::Revision::k2025_11_25 && has_task_tools();
  auto wish = knows_tasks ? read_wish(call) : Wish{};
  if (!wish) return ready(Outcome::error(wish.error()));
  if (wish->task && never) return ready(not_as_task(*tool));
  if (!wish->task && always) return ready(only_as_task(*tool));
  if (!wish->task) return run_handler(std::move(context), *handler, seal_);
  return ready(background_->start(std::move(context), *handler, wish->ttl_ms));
}

}  // namespace mcp::server
