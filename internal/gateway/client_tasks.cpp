#include "internal/gateway/client_tasks.h"

#include <algorithm>

#include "internal/json/members.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {

using client::Outcome;

namespace {

constexpr std::size_t kMaxRemembered = 256;  // of one link; the oldest are forgotten

std::string task_id(std::string_view holder) {
  auto id = json::decode_string(json::member_of(holder, "taskId"));
  return id ? std::move(*id) : std::string();
}

bool made_over(const Link& link, const std::string& id) {
  const auto& made = link.client_tasks();
  return std::find(made.begin(), made.end(), id) != made.end();
}

}  // namespace

std::string told_task_capability(const protocol::ClientCapabilities& client) {
  std::string_view raw = json::member_of(client.raw, "tasks");
  if (!client.tasks || raw.empty()) return {};
  return json::member_of(raw, "list").empty() ? std::string(raw) : protocol::without_member(raw, "list");
}

std::optional<Outcome> refuse_task_question(const Link& link, const jsonrpc::Message& question) {
  if (!question.method.starts_with("tasks/")) return std::nullopt;
  if (question.method == "tasks/list")
    return Outcome::error(jsonrpc::kMethodNotFound, "this client does not list tasks");
  if (made_over(link, task_id(question.params.view()))) return std::nullopt;
  return Outcome::error(jsonrpc::kInvalidParams, "task not found: this server did not make it");
}

void note_client_task(Link& link, const jsonrpc::Message& question, const Outcome& outcome) {
  if (!outcome.ok() || json::member_of(question.params.view(), "task").empty()) return;
  std::string id = task_id(json::member_of(outcome.raw().view(), "task"));
  if (id.empty() || made_over(link, id)) return;
  link.client_tasks().push_back(std::move(id));
  if (link.client_tasks().size() > kMaxRemembered) link.client_tasks().pop_front();
}

bool concerns(const Link& link, const jsonrpc::Message& notification) {
  return notification.method != "notifications/tasks/status" ||
         made_over(link, task_id(notification.params.view()));
}

}  // namespace mcp::gateway
