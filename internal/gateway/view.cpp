#include "internal/gateway/view.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/gateway/client_tasks.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;
using server::SessionPtr;

namespace {

// What a merged server may say it offers: the union of its parts. Logging and subscriptions are translated
// between the eras, tasks are not.
void merge(protocol::ServerCapabilities& ours, const client::ServerView& theirs, Era client) {
  const auto& offered = theirs.capabilities;
  ours.tools |= offered.tools;
  ours.prompts |= offered.prompts;
  ours.resources |= offered.resources;
  ours.completions |= offered.completions;
  ours.resources_subscribe |= offered.resources_subscribe;
  ours.logging |= offered.logging;
  if (theirs.era() != client) return;
  ours.tasks |= offered.tasks;
  ours.tasks_list |= offered.tasks;  // the gateway keeps the list itself
  ours.tasks_cancel |= offered.tasks && offered.tasks_cancel;
  ours.tasks_extension |= offered.tasks_extension;
}

// Does its view say what can be had there: is it up, or at rest?
bool tells(const Link& link) { return link.known() && (link.peer() || link.usable()); }

std::string merged_instructions(const std::vector<std::pair<UpstreamPtr, LinkPtr>>& links) {
  constexpr std::size_t kMaxInstructions = 32 << 10;
  std::string text;
  for (const auto& [upstream, link] : links) {
    if (!tells(*link) || link->view().instructions.empty()) continue;
    if (links.size() > 1) text += (text.empty() ? "# " : "\n\n# ") + upstream->name() + "\n\n";
    text += link->view().instructions;
  }
  if (text.size() > kMaxInstructions) text.resize(kMaxInstructions);
  while (!is_valid_utf8(text)) text.pop_back();
  return text;
}

}  // namespace

View::View(async::Loop& loop, std::weak_ptr<Gateway> gateway, Roster upstreams, bool merged)
    : loop_(loop), gateway_(std::move(gateway)), roster_(std::move(upstreams)), merged_(merged) {
  if (auto owner = gateway_.lock()) info_ = owner->options().info;
}

bool View::uses(const Link& link, const std::string& session_id, const protocol::ClientView& client) const {
  return std::any_of(roster_.begin(), roster_.end(), [&](const UpstreamPtr& upstream) {
    return upstream->name() == link.entry().name && upstream->serves(link, session_id, client);
  });
}

Task<server::Offer> View::offer(SessionPtr session) {
  auto self = shared_from_this();
  protocol::ClientView client = session->client();
  // The handshake is not finished: an own link is started by session_opened(), so the shared ones answer
  // here.
  auto settling = settle_all(self, nullptr, client);
  Links links = co_await std::move(settling);
  server::Offer offer;
  bool unknown = false;
  for (const auto& [upstream, link] : links) {
    if (tells(*link)) merge(offer.capabilities, link->view(), client.era());
    unknown = unknown || !tells(*link);
  }
  if (client.revision != protocol::Revision::k2025_11_25) {
    offer.capabilities.tasks = offer.capabilities.tasks_list = offer.capabilities.tasks_cancel = false;
  }
  offer.capabilities.tasks_extension &= client.era() == Era::kModern;
  // A server that is still on its way may bring any of these.
  offer.capabilities.tools |= unknown || links.empty();
  offer.capabilities.prompts |= unknown;
  offer.capabilities.resources |= unknown;
  offer.capabilities.resources_subscribe |= unknown;
  offer.capabilities.completions |= unknown;
  offer.capabilities.logging |= unknown;
  offer.capabilities.tools_list_changed = offer.capabilities.tools;
  offer.capabilities.prompts_list_changed = offer.capabilities.prompts;
  offer.capabilities.resources_list_changed = offer.capabilities.resources;
  offer.server_info = info_;
  offer.instructions = merged_instructions(links);
  co_return offer;
}

Task<Outcome> View::handle(CallPtr call) {
  auto self = shared_from_this();
  const std::string& method = call->method();
  auto gateway = gateway_.lock();
  if (gateway && gateway->stopped()) return refuse_shutdown();
  if (method == "tools/call") return by_its_name(self, call, ListKind::kTools);
  if (method == "tools/list") return list(self, call, ListKind::kTools);
  if (method == "resources/read") return named(self, call, by_uri(self, call, call->uri()));
  if (method == "resources/list") return list(self, call, ListKind::kResources);
  if (method == "resources/templates/list") return list(self, call, ListKind::kTemplates);
  if (method == "prompts/get") return by_its_name(self, call, ListKind::kPrompts);
  if (method == "prompts/list") return list(self, call, ListKind::kPrompts);
  if (method == "completion/complete") return named(self, call, by_reference(self, call));
  if (method == "resources/subscribe") return subscribe(self, call);
  if (method == "resources/unsubscribe") return unsubscribe(self, call);
  if (method == "logging/setLevel") return set_level(self, call);
  if (method == "subscriptions/listen") return listen(self, call);
  if (method == "tasks/list") return list_tasks(self, call);
  if (method.starts_with("tasks/")) return task_request(self, call);
  return refuse_method(method);
}

Task<Outcome> View::answer(Outcome outcome) { co_return outcome; }

Task<Outcome> View::refuse_method(std::string method) {
  co_return Outcome::error(jsonrpc::kMethodNotFound, "method not found: " + method);
}

Task<Outcome> View::refuse_shutdown() { co_return Outcome::failure(shutting_down()); }

bool View::superseded(const UpstreamPtr& upstream) const {
  UpstreamPtr now = roster_.find(upstream->name());
  return now && now != upstream;
}

void View::session_opened(SessionPtr session) {
  auto gateway = gateway_.lock();
  if (!gateway) return;
  gateway->add_session(session, shared_from_this());
  for (const UpstreamPtr& upstream : roster_) upstream->pick(session, session->client());
}

void View::session_closed(SessionPtr session) {
  if (auto gateway = gateway_.lock()) gateway->remove_session(session);
}

void View::notified(SessionPtr session, const jsonrpc::Message& message) {
  // roots/list_changed and the like concern the servers that know this client: its own ones.
  for (const UpstreamPtr& upstream : roster_) {
    auto own = upstream->own().find(session->id());
    if (own == upstream->own().end() || !own->second->peer()) continue;
    if (!concerns(*own->second, message)) continue;
    (void)own->second->peer()->notify(message.method, message.params.view());
  }
}

}  // namespace mcp::gateway
