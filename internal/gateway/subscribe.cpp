// What lasts beyond one answer: subscriptions, log levels, listening.
#include "internal/base/strings.h"
#include "internal/gateway/view.h"
#include "internal/json/scan.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;

namespace {

constexpr std::size_t kMaxListenUris = 256;  // of one listen; and as many tasks
constexpr async::Millis kSubscribePatience{10'000};

Outcome not_subscribable() {
  return Outcome::error(jsonrpc::kMethodNotFound, "the server that owns this resource has no subscriptions");
}

bool subscribable(const Link& link) { return link.view().capabilities.resources_subscribe; }

bool has_room(const std::shared_ptr<Gateway>& gateway, Link& link, const std::string& uri) {
  if (!gateway || link.subscribers().count(uri) != 0) return true;
  if (link.subscribers().size() < gateway->options().max_subscriptions) return true;
  gateway->account()->refused("max_subscriptions");
  return false;
}

// Makes the server send updates of a uri that nobody else hears of yet, as its era wants it.
Task<Outcome> begin_updates(LinkPtr link, std::string uri) {
  if (link->view().era() == Era::kLegacy) {
    auto waiting = Link::ready(link, link->entry().start_timeout);
    auto peer = co_await std::move(waiting);
    if (!peer) co_return Outcome::failure(peer.error());
    client::Request request;
    request.method = "resources/subscribe";
    request.params = Bytes::adopt("{\"uri\":" + json_quote(uri) + "}");
    request.timeout = kSubscribePatience;
    auto asking = (*peer)->request(std::move(request));
    Outcome outcome = co_await std::move(asking);
    co_return outcome;
  }
  auto agreeing = Following::agreed(link->follow(uri));
  Outcome outcome = co_await std::move(agreeing);
  co_return outcome;
}

// The first that wants the uri. Whoever comes before the server has answered waits for the same answer,
// unless all left meanwhile, and another first one came.
Task<Outcome> join_first(LinkPtr link, std::string uri) {
  auto waiting = std::make_shared<Standing::Waiting>();
  link->beginnings()[uri] = waiting;
  auto beginning = begin_updates(link, uri);
  Outcome outcome = co_await std::move(beginning);
  if (outcome.ok()) outcome = Outcome::result(std::string("{}"));
  auto latest = link->beginnings().find(uri);
  if (latest != link->beginnings().end() && latest->second == waiting) {
    link->beginnings().erase(latest);
    if (!outcome.ok()) {
      link->subscribers().erase(uri);
      if (auto stream = link->followings().extract(uri)) stream.mapped()->stop();
    }
  }
  for (const auto& one : *waiting) one.set(outcome);
  co_return outcome;
}

// A link is subscribed once however many want the uri; each hears only of its own. `who` gives it up by
// Link::forget_session().
Task<Outcome> join(async::Loop& loop, LinkPtr link, std::string uri, std::string who, Link::Hear hear) {
  bool first = link->subscribers()[uri].empty();
  link->subscribers()[uri][who] = std::move(hear);
  if (first) {
    auto joining = join_first(link, uri);
    Outcome outcome = co_await std::move(joining);
    co_return outcome;
  }
  auto begun = link->beginnings().find(uri);
  if (begun == link->beginnings().end()) co_return Outcome::result(std::string("{}"));
  async::Slot<Outcome> answer(loop);
  begun->second->push_back(answer);
  auto waiting = answer.get();
  Outcome outcome = co_await std::move(waiting);
  co_return outcome;
}

Link::Hear hear_for(const server::SessionPtr& session) {
  return [weak = std::weak_ptr<server::Session>(session)](const jsonrpc::Message& message) {
    auto hearer = weak.lock();
    if (!hearer) return;
    // A listen's tag means nothing to a session.
    hearer->notify(message.method, protocol::without_modern_meta(message.params.view()));
  };
}

Following::Hear hear_tasks(const std::weak_ptr<Gateway>& gateway, const LinkPtr& link,
                           const std::weak_ptr<server::Listen>& stream) {
  return [gateway, stream, weak = std::weak_ptr<Link>(link)](const jsonrpc::Message& message) {
    auto owner = gateway.lock();
    auto from = weak.lock();
    auto listening = stream.lock();
    bool about_task = message.method == "notifications/tasks";
    if (owner && from && listening && about_task) owner->tasks().relay_to(*listening, *from, message);
  };
}

tl::expected<protocol::ListenFilter, Outcome> wanted_by(const CallPtr& call) {
  auto refuse = [](Outcome outcome) { return tl::unexpected<Outcome>(std::move(outcome)); };
  auto wanted = protocol::read_listen(call->params().view());
  if (!wanted) return refuse(Outcome::error(wanted.error()));
  if (!wanted->task_ids.empty() && !call->client().capabilities.tasks_extension)
    return refuse(Outcome::error(protocol::missing_tasks_extension()));
  if (wanted->uris.size() > kMaxListenUris || wanted->task_ids.size() > kMaxListenUris) {
    return refuse(Outcome::error(jsonrpc::kInvalidParams, "at most " + std::to_string(kMaxListenUris) +
                                                              " resources or tasks in one subscription"));
  }
  return std::move(*wanted);
}

}  // namespace

Task<Outcome> View::subscribe(std::shared_ptr<View> self, CallPtr call) {
  auto finding = by_uri(self, call, call->uri());
  auto target = co_await std::move(finding);
  if (!target) co_return target.error();
  LinkPtr link = target->link;
  call->note().meter = link->meter();
  if (!subscribable(*link)) co_return not_subscribable();
  if (!has_room(self->gateway_.lock(), *link, call->uri())) {
    co_return Outcome::error(
        Error{ErrorCode::kLimit, "too many subscriptions: max_subscriptions in [serve] is reached", {}});
  }
  auto joining = join(self->loop(), link, call->uri(), call->session()->id(), hear_for(call->session()));
  Outcome outcome = co_await std::move(joining);
  if (self->superseded(target->upstream)) {
    // A reload came meanwhile: its successor is asked.
    auto again = subscribe(self, call);
    Outcome second = co_await std::move(again);
    co_return second;
  }
  // Who left meanwhile was forgotten before it was there.
  if (!call->session()->alive()) link->leave(call->uri(), call->session()->id());
  co_return self->bridged(call, *link, std::move(outcome));
}

Task<Outcome> View::unsubscribe(std::shared_ptr<View> self, CallPtr call) {
  auto finding = by_uri(self, call, call->uri());
  auto target = co_await std::move(finding);
  if (!target) co_return target.error();
  target->link->leave(call->uri(), call->session()->id());
  co_return Outcome::result(std::string("{}"));
}

// The session keeps its level (server::wants_log filters by it). A server of our own hears it as it is; a
// shared one what serves all its clients; a modern one with each request.
Task<Outcome> View::set_level(std::shared_ptr<View> self, CallPtr call) {
  auto fields = json::scan_object(call->params());
  auto level = fields ? json::decode_string(fields->get("level")) : Result<std::string>(std::string());
  if (!level || !protocol::is_log_level(*level)) {
    co_return Outcome::error(jsonrpc::kInvalidParams,
                             "level must be one of the eight of RFC 5424, debug to emergency");
  }
  auto gateway = self->gateway_.lock();
  for (const UpstreamPtr& upstream : self->roster_) {
    if (gateway) gateway->set_client_level(call, upstream, *level);
  }
  co_return Outcome::result(std::string("{}"));
}

// The link that sends updates of the uri to this listen: a legacy server's is subscribed, a modern one's is
// to be followed. Null: nobody sends any.
Task<LinkPtr> View::listen_to(std::shared_ptr<View> self, CallPtr call, ListeningPtr listening,
                              std::string uri) {
  for (;;) {
    auto finding = by_uri(self, call, uri);
    auto target = co_await std::move(finding);
    if (!target || !target->link->usable() || !subscribable(*target->link)) co_return nullptr;
    LinkPtr link = target->link;
    if (link->view().era() == Era::kModern) co_return link;
    if (!has_room(self->gateway_.lock(), *link, uri)) co_return nullptr;
    auto joining = join(self->loop(), link, uri, listening->name(), listening->hear());
    Outcome outcome = co_await std::move(joining);
    if (outcome.ok()) {
      listening->add(link, uri);
      co_return link;
    }
    // Unless a reload came meanwhile: then its successor is asked.
    if (!self->superseded(target->upstream)) co_return nullptr;
  }
}

// Fan-in (2026-07-28 subscriptions): one acknowledgement for all servers; list changes come from our own
// catalogue, updates of resources from a listen on each modern server that owns some of them and from
// subscriptions to the legacy ones.
Task<Outcome> View::listen(std::shared_ptr<View> self, CallPtr call) {
  auto wanted = wanted_by(call);
  if (!wanted) co_return std::move(wanted.error());
  std::map<LinkPtr, std::vector<std::string>> owners;
  auto listening = std::make_shared<Listening>(self->loop_);
  protocol::ListenFilter agreed = *wanted;
  agreed.uris.clear();
  for (const std::string& uri : wanted->uris) {
    auto asking = listen_to(self, call, listening, uri);
    LinkPtr link = co_await std::move(asking);
    if (!link) continue;
    if (link->view().era() == Era::kModern) owners[link].push_back(uri);
    agreed.uris.push_back(uri);
  }
  auto watched = self->watched_tasks(call, agreed);
  auto stream = server::Listen::open(call, agreed);
  listening->begin(stream);
  for (auto& [link, uris] : owners) listening->follow(link, std::move(uris));
  if (auto gateway = self->gateway_.lock()) gateway->add_listen(stream, self, listening);
  std::vector<std::shared_ptr<Following>> of_tasks;  // they end with their server
  for (auto& [link, ids] : watched) {
    protocol::ListenFilter tasks;
    tasks.task_ids = std::move(ids);
    auto hear = hear_tasks(self->gateway_, link, stream);
    of_tasks.push_back(Following::start(self->loop_, link, std::move(tasks), std::move(hear)));
  }
  self->watch_tasks(call, stream);
  stream->on_over([listening, of_tasks = std::move(of_tasks)] {
    for (const auto& following : of_tasks) following->stop();
    listening->end();
  });
  co_return Outcome::later();
}

}  // namespace mcp::gateway
