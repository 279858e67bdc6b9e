#include "internal/gateway/gateway.h"

#include <algorithm>

#include "internal/base/env.h"
#include "internal/base/log.h"
#include "internal/gateway/client_tasks.h"
#include "internal/gateway/view.h"
#include "internal/json/scan.h"
#include "internal/server/log_level.h"

namespace mcp::gateway {
namespace {

// Changes of several lists and servers that come together reach a client as one notification a list.
constexpr async::Millis kFlushAfter{20};

std::string_view notification_of(ListKind kind) {
  switch (kind) {
    case ListKind::kTools: return "notifications/tools/list_changed";
    case ListKind::kPrompts: return "notifications/prompts/list_changed";
    case ListKind::kResources:
    case ListKind::kTemplates: return "notifications/resources/list_changed";
  }
  return {};
}

std::string_view kind_of(const config::ServerEntry& entry) {
  switch (entry.kind) {
    case config::ServerEntry::Kind::kCommand: return "command";
    case config::ServerEntry::Kind::kUrl: return "url";
    case config::ServerEntry::Kind::kBuiltin: return "builtin";
  }
  return {};
}

}  // namespace

Gateway::Gateway(async::Loop& loop, runtime::Launcher& launcher, GatewayOptions options)
    : loop_(loop),
      launcher_(launcher),
      options_(std::move(options)),
      links_(options_.remembered_links),
      continuations_(loop, real_env().random_bytes(crypto::Aead::kKeySize), options_.continuations),
      flush_(loop) {}

Gateway::~Gateway() = default;

std::shared_ptr<Gateway> Gateway::create(async::Loop& loop, runtime::Launcher& launcher,
                                         GatewayOptions options) {
  std::shared_ptr<Gateway> gateway(new Gateway(loop, launcher, std::move(options)));
  gateway->create_upstreams();
  return gateway;
}

void Gateway::create_upstreams() {
  for (const config::ServerEntry& entry : options_.servers) {
    upstreams_.push_back(std::make_shared<Upstream>(loop_, launcher_, entry, options_.info,
                                                    std::weak_ptr<LinkEvents>(weak_from_this())));
  }
  views_.emplace("", std::make_shared<View>(loop_, weak_from_this(), upstreams_, /*merged=*/true));
  for (const UpstreamPtr& upstream : upstreams_) {
    std::vector<UpstreamPtr> alone{upstream};
    views_.emplace(upstream->name(),
                   std::make_shared<View>(loop_, weak_from_this(), std::move(alone), /*merged=*/false));
  }
}

void Gateway::start() {
  for (const UpstreamPtr& upstream : upstreams_) upstream->start();
}

void Gateway::stop() {
  flush_.cancel();
  for (auto& listener : listeners_) {
    if (auto listen = listener.listen.lock()) listen->end();
  }
  listeners_.clear();
  continuations_.clear();
  for (const UpstreamPtr& upstream : upstreams_) upstream->stop();
}

std::shared_ptr<server::Backend> Gateway::backend(const std::string& route) {
  auto found = views_.find(route);
  return found == views_.end() ? nullptr : found->second;
}

std::vector<ServerStatus> Gateway::statuses() const {
  std::vector<ServerStatus> all;
  for (const UpstreamPtr& upstream : upstreams_) {
    const Link& link = *upstream->primary();
    ServerStatus status;
    status.name = upstream->name();
    status.kind = kind_of(upstream->entry());
    bool connected = link.state() == Link::State::kReady;
    bool up = (connected && link.breaker().allows()) || link.state() == Link::State::kIdle;
    status.state = up && connected && !link.listed() ? "starting" : std::string(to_string(link.state()));
    if (connected && !up) status.state = to_string(Link::State::kWaiting);
    if (link.known() && up) status.era = protocol::to_string(link.view().era());
    status.tools = link.listing(ListKind::kTools).items().size();
    status.prompts = link.listing(ListKind::kPrompts).items().size();
    status.resources = link.listing(ListKind::kResources).items().size();
    status.start_ms = link.start_duration().count();
    status.starts = link.starts();
    status.required = upstream->entry().required;
    if (!up) {
      status.error = link.last_error().message;
      status.hint = link.last_error().hint;
    }
    status.last_error = link.last_error().message;
    status.breaker = runtime::to_string(link.breaker().state());
    status.retry_at_ms = link.retry_at_ms();
    status.pid = link.pid();
    status.start = upstream->entry().start == config::ServerEntry::Start::kDemand ? "demand" : "eager";
    all.push_back(std::move(status));
  }
  return all;
}

bool Gateway::all_settled() const {
  return std::all_of(upstreams_.begin(), upstreams_.end(), [](const UpstreamPtr& upstream) {
    return upstream->primary()->settled() || upstream->primary()->state() == Link::State::kIdle;
  });
}

void Gateway::add_session(const server::SessionPtr& session, const std::shared_ptr<View>& view) {
  clients_[session->id()] = Client{session, view, {}, {}};
  ++unset_levels_;
  tune_all();
}

void Gateway::remove_session(const server::SessionPtr& session) {
  auto client = clients_.find(session->id());
  if (client != clients_.end() && client->second.level.empty()) --unset_levels_;
  if (client != clients_.end()) clients_.erase(client);
  tasks_.session_closed(*session);
  for (const UpstreamPtr& upstream : upstreams_) {
    upstream->session_closed(session->id());
    for (const LinkPtr& link : upstream->shared()) link->levels().forget(session->id());
  }
  tune_all();
}

void Gateway::add_listen(const std::shared_ptr<server::Listen>& listen, const std::shared_ptr<View>& view) {
  std::erase_if(listeners_, [](const Listener& old) { return old.listen.expired(); });
  listeners_.push_back(Listener{listen, view, {}});
}

void Gateway::link_state(Link& link) {
  tasks_.link_lost(link);
  if (link.state() == Link::State::kReady && link.listed()) adopt_levels(link);
  // Nobody waits for a leased link that was lost while it was idle.
  Upstream* upstream =
      Leases::owns(link.owner()) && link.settled() && !link.peer() ? upstream_of(link) : nullptr;
  if (upstream != nullptr) upstream->leases().drop(link);
  if (changed_) changed_();
}

Upstream* Gateway::upstream_of(const Link& link) const {
  auto found = std::find_if(upstreams_.begin(), upstreams_.end(), [&link](const UpstreamPtr& upstream) {
    return upstream->name() == link.entry().name;
  });
  return found == upstreams_.end() ? nullptr : found->get();
}

void Gateway::lend(const LinkPtr& link, const ConversationPtr& conversation) {
  conversations_[link.get()] = conversation;
}

void Gateway::take_back(const LinkPtr& link, bool clean) {
  conversations_.erase(link.get());
  if (Upstream* upstream = upstream_of(*link)) return upstream->leases().give_back(link, clean);
  link->stop();
}

ConversationPtr Gateway::conversation_on(const Link& link) const {
  auto found = conversations_.find(&link);
  return found == conversations_.end() ? nullptr : found->second.lock();
}

void Gateway::link_listed(Link& link, ListKind kind) {
  std::string method(notification_of(kind));
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    auto view = client.view.lock();
    if (session && view && view->uses(link, id, session->client())) client.pending.insert(method);
  }
  protocol::ClientView modern;
  modern.revision = protocol::kLatestModern;
  for (Listener& listener : listeners_) {
    auto view = listener.view.lock();
    if (view && view->uses(link, {}, modern)) listener.pending.insert(method);
  }
  std::weak_ptr<Gateway> weak = weak_from_this();
  if (!flush_.armed()) {
    flush_.start(kFlushAfter, [weak] {
      if (auto gateway = weak.lock()) gateway->flush_changes();
    });
  }
  if (changed_) changed_();
}

// Without prefixes two servers may claim one name (DESIGN §6: a mistake of the configuration, seen only now).
void Gateway::report_collisions() {
  for (ListKind kind : {ListKind::kTools, ListKind::kPrompts}) {
    std::map<std::string_view, const Upstream*> owners;
    for (const UpstreamPtr& upstream : upstreams_) {
      for (const Item& item : upstream->primary()->listing(kind).items()) {
        auto [first, fresh] = owners.emplace(item.exposed, upstream.get());
        if (fresh || !collisions_.insert(upstream->name() + "/" + item.exposed).second) continue;
        log::error("two servers claim one name: give one of them a prefix",
                   {{"name", item.exposed}, {"owner", first->second->name()}, {"hidden", upstream->name()}});
      }
    }
  }
}

void Gateway::flush_changes() {
  report_collisions();
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    for (const std::string& method : std::exchange(client.pending, {})) {
      if (session) session->notify(method, {});
    }
  }
  for (Listener& listener : listeners_) {
    auto listen = listener.listen.lock();
    for (const std::string& method : std::exchange(listener.pending, {})) {
      if (listen && listen->wants(method)) listen->emit(method, {});
    }
  }
}

void Gateway::link_notified(Link& link, const jsonrpc::Message& message) {
  if (auto conversation = conversation_on(link)) return conversation->heard(message);
  if (message.method == "notifications/resources/updated") return deliver_update(link, message);
  if (message.method == "notifications/message") return deliver_log(link, message);
  if (tasks_.relay(link, message)) return;
  // Whatever else an own link says belongs to its session (elicitation/complete …); of a shared one nobody
  // knows whose.
  auto client = clients_.find(link.owner());
  if (client == clients_.end()) return;
  if (auto session = client->second.session.lock()) session->notify(message.method, message.params.view());
}

void Gateway::deliver_update(Link& link, const jsonrpc::Message& message) {
  auto uri = json::decode_string(message.uri.view());
  if (!uri) return;
  auto subscribed = link.subscribers().find(*uri);
  if (subscribed == link.subscribers().end()) return;
  auto hearers = subscribed->second;  // a copy: one who hears may leave
  for (auto& [id, hear] : hearers) hear(message);
}

// A log line that names no request may tell of anyone's doing: from a shared server it goes to a client only
// while nobody else is served by it.
void Gateway::deliver_log(Link& link, const jsonrpc::Message& message) {
  auto fields = json::scan_object(message.params);
  auto level = fields ? json::decode_string(fields->get("level")) : Result<std::string>(std::string());
  if (!level) return;
  std::vector<server::SessionPtr> served;
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    auto view = client.view.lock();
    if (session && view && view->uses(link, id, session->client())) served.push_back(std::move(session));
  }
  bool modern_call =
      link.running().size() == 1 && link.running().begin()->second->client().era() == protocol::Era::kModern;
  if (served.empty() && modern_call) {
    const server::CallPtr& call = link.running().begin()->second;
    if (server::wants_log(call->client(), *level)) call->notify(message.method, message.params.view());
  }
  if (served.size() != 1 || modern_call || !server::wants_log(served[0]->client(), *level)) return;
  // On the stream of its running call, which a client reads for sure.
  if (auto call = link.latest_call()) return call->notify(message.method, message.params.view());
  served[0]->notify(message.method, message.params.view());
}

Task<client::Outcome> Gateway::link_asked(std::shared_ptr<Link> link, jsonrpc::Message question,
                                          std::optional<jsonrpc::Id> related) {
  if (auto conversation = conversation_on(*link)) {
    auto asking = Conversation::asked(std::move(conversation), std::move(question));
    client::Outcome outcome = co_await std::move(asking);
    co_return outcome;
  }
  // A question on a link that nobody has at the moment: whose would be its answer?
  if (Upstream* upstream = Leases::owns(link->owner()) ? upstream_of(*link) : nullptr) {
    upstream->leases().drop(*link);
  }
  auto client = clients_.find(link->owner());
  auto session = client == clients_.end() ? nullptr : client->second.session.lock();
  if (!session) {
    co_return client::Outcome::error(jsonrpc::kMethodNotFound, "no client here answers " + question.method);
  }
  if (auto refused = refuse_task_question(*link, question)) co_return std::move(*refused);
  // The stream of the call that caused the question, when there is one: clients read that one for sure. Over
  // stdio servers do not say which call it was; the latest running one of the same client is the best guess.
  server::CallPtr call;
  if (related && link->running().count(*related) != 0) call = link->running()[*related];
  if (!call) call = tasks_.collector(*link, question);
  if (!call) call = link->latest_call();
  question = tasks_.shown(*link, std::move(question));
  auto asking =
      call ? call->ask(question.method, question.params) : session->ask(question.method, question.params);
  client::Outcome outcome = co_await std::move(asking);
  note_client_task(*link, question, outcome);
  co_return outcome;
}

}  // namespace mcp::gateway
