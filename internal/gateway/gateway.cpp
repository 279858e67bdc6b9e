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

std::string_view kind_of(const config::ServerEntry& entry) {
  switch (entry.kind) {
    case config::ServerEntry::Kind::kCommand: return "command";
    case config::ServerEntry::Kind::kUrl: return "url";
    case config::ServerEntry::Kind::kBuiltin: return "builtin";
  }
  return {};
}

}  // namespace

std::string_view notification_of(ListKind kind) {
  switch (kind) {
    case ListKind::kTools: return "notifications/tools/list_changed";
    case ListKind::kPrompts: return "notifications/prompts/list_changed";
    case ListKind::kResources:
    case ListKind::kTemplates: return "notifications/resources/list_changed";
  }
  return {};
}

Error shutting_down() { return {ErrorCode::kUnavailable, "the gateway is shutting down", {}}; }

Gateway::Gateway(async::Loop& loop, runtime::Launcher& launcher, GatewayOptions options)
    : loop_(loop),
      launcher_(launcher),
      options_(std::move(options)),
      links_(options_.remembered_links),
      continuations_(loop, real_env().random_bytes(crypto::Aead::kKeySize), options_.continuations),
      tasks_(real_env(), options_.tasks),
      flush_(loop),
      departures_(loop) {
  if (!options_.account) options_.account = std::make_shared<Account>(loop, real_env());
}

Gateway::~Gateway() = default;

std::shared_ptr<Gateway> Gateway::create(async::Loop& loop, runtime::Launcher& launcher,
                                         GatewayOptions options) {
  std::shared_ptr<Gateway> gateway(new Gateway(loop, launcher, std::move(options)));
  std::vector<UpstreamPtr> servers;
  for (const config::ServerEntry& entry : gateway->options_.servers) {
    servers.push_back(gateway->make_upstream(entry));
  }
  gateway->roster_ = Roster(std::move(servers));
  gateway->seat_views(async::Millis{0});
  return gateway;
}

void Gateway::start() {
  for (const UpstreamPtr& upstream : roster_) upstream->start();
}

void Gateway::stop(const Error& why) {
  stopped_ = true;
  flush_.cancel();
  for (auto& listener : listeners_) {
    if (auto listen = listener.listen.lock()) listen->end();
  }
  listeners_.clear();
  continuations_.clear();
  for (const UpstreamPtr& upstream : roster_) upstream->stop(why);
  departures_.end_all();
}

std::size_t Gateway::open_listens() const {
  return static_cast<std::size_t>(
      std::count_if(listeners_.begin(), listeners_.end(), [](const auto& listener) {
        auto listen = listener.listen.lock();
        return listen && !listen->over();
      }));
}

std::shared_ptr<server::Backend> Gateway::backend(const std::string& route) {
  auto found = views_.find(route);
  return found == views_.end() ? nullptr : found->second;
}

std::vector<ServerStatus> Gateway::statuses() const {
  std::vector<ServerStatus> all;
  for (const UpstreamPtr& upstream : roster_) {
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
    const Error* missing = connected && up && link.listed() ? link.lists()->missing() : nullptr;
    if (missing != nullptr) status.state = "incomplete";
    if (!up || missing != nullptr) {
      const Error& why = missing != nullptr ? *missing : link.last_error();
      status.error = why.message;
      status.hint = why.hint;
    }
    status.last_error = link.last_error().message;
    status.breaker = runtime::to_string(link.breaker().state());
    status.retry_at_ms = link.retry_at_ms();
    status.pid = link.pid();
    status.start = upstream->entry().start == config::ServerEntry::Start::kDemand ? "demand" : "eager";
    if (upstream->entry().kind == config::ServerEntry::Kind::kCommand) {
      const sandbox::Evidence* given = link.evidence();
      if (given != nullptr) status.sandbox = *given;
      status.sandbox.profile = upstream->entry().policy.profile;
    }
    all.push_back(std::move(status));
  }
  return all;
}

std::optional<Error> Gateway::commands_lost() const {
  bool any = std::any_of(roster_.begin(), roster_.end(), [](const UpstreamPtr& upstream) {
    return upstream->entry().kind == config::ServerEntry::Kind::kCommand;
  });
  return any ? launcher_.commands_lost() : std::nullopt;
}

bool Gateway::all_settled() const {
  return std::all_of(roster_.begin(), roster_.end(), [](const UpstreamPtr& upstream) {
    return upstream->primary()->settled() || upstream->primary()->state() == Link::State::kIdle;
  });
}

void Gateway::add_session(const server::SessionPtr& session, const std::shared_ptr<View>& view) {
  clients_[session->id()] = Client{session, view, {}, {}};
  ++unset_levels_;
  tune_all();
  // Its server was removed while it shook hands.
  bool current =
      std::any_of(views_.begin(), views_.end(), [&view](const auto& one) { return one.second == view; });
  if (!current) dismiss(session, async::Millis{0});
}

void Gateway::remove_session(const server::SessionPtr& session) {
  auto client = clients_.find(session->id());
  bool counted = client != clients_.end();  // a modern request over HTTP is a session that was never added
  if (counted && client->second.level.empty()) --unset_levels_;
  if (counted) clients_.erase(client);
  tasks_.session_closed(*session);
  for (const UpstreamPtr& upstream : roster_) {
    upstream->session_closed(session->id());
    for (const LinkPtr& link : upstream->shared()) counted |= link->levels().forget(session->id());
  }
  if (counted) tune_all();
}

void Gateway::add_listen(const std::shared_ptr<server::Listen>& listen, const std::shared_ptr<View>& view,
                         const ListeningPtr& resources) {
  // Those that are over go when as many again have come: a look at all of them with each would cost its
  // square.
  if (listeners_.size() >= sweep_listeners_at_) {
    std::erase_if(listeners_, [](const Listener& old) { return old.listen.expired(); });
    sweep_listeners_at_ = std::max<std::size_t>(64, 2 * listeners_.size());
  }
  listeners_.push_back(Listener{listen, view, resources, {}});
  // A reload may have come while its servers were asked.
  move_listening(listeners_.back());
}

void Gateway::link_state(Link& link) {
  tasks_.link_lost(link);
  if (link.state() == Link::State::kReady && link.listed()) adopt_levels(link);
  if (link.settled()) report_overlaps();
  // Nobody waits for a leased link that was lost while it was idle.
  Upstream* upstream =
      Leases::owns(link.owner()) && link.settled() && !link.peer() ? upstream_of(link) : nullptr;
  if (upstream != nullptr) upstream->leases().drop(link);
  if (held_ && link.settled()) schedule_flush();
  if (changed_) changed_();
}

Upstream* Gateway::upstream_of(const Link& link) const { return roster_.find(link.entry().name).get(); }

void Gateway::lend(const LinkPtr& link, const ConversationPtr& conversation) {
  conversations_[link.get()] = conversation;
}

void Gateway::take_back(const UpstreamPtr& upstream, const LinkPtr& link, bool clean) {
  conversations_.erase(link.get());
  upstream->leases().give_back(link, clean);
}

ConversationPtr Gateway::conversation_on(const Link& link) const {
  auto found = conversations_.find(&link);
  return found == conversations_.end() ? nullptr : found->second.lock();
}

void Gateway::link_listed(Link& link, ListKind kind) {
  // What a server that was replaced still says of its lists is old news.
  Upstream* upstream = upstream_of(link);
  if (upstream == nullptr || !upstream->has(link)) return;
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
  schedule_flush();
  if (changed_) changed_();
}

// Before every server has come up or failed nobody knows who owns what.
void Gateway::report_overlaps() {
  if (all_settled()) overlaps_.report(roster_);
}

void Gateway::flush_changes() {
  held_ = false;
  fresh_.clear();
  report_overlaps();
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
