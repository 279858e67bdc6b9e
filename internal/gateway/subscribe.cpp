// What lasts beyond one answer: subscriptions, log levels, listening.
#include "internal/async/timer.h"
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

constexpr std::size_t kMaxSubscriptions = 1'000;  // of one link
constexpr std::size_t kMaxListenUris = 256;       // of one listen
constexpr async::Millis kFollowPatience{5'000};   // with a server that is being started again
constexpr async::Millis kFollowPause{500};        // before a stream that ended is opened again

Outcome not_subscribable() {
  return Outcome::error(jsonrpc::kMethodNotFound, "the server that owns this resource has no subscriptions");
}

// The part of a client's listening that one server answers for, across that server's restarts.
struct Following {
  LinkPtr link;
  std::shared_ptr<View> view;
  std::vector<std::string> uris;
  std::weak_ptr<server::Listen> stream;
  std::shared_ptr<client::Ticket> ticket;

  bool over() const {
    auto listening = stream.lock();
    return !listening || listening->over() || link->state() == Link::State::kStopped;
  }
  // After a reload another server stands in the place of this one. Modern clients share its primary link.
  void catch_up() {
    UpstreamPtr now = view->upstreams().find(link->entry().name);
    if (now) link = now->primary();
  }
};

client::Request listen_request(const Following& following) {
  protocol::ListenFilter part;
  part.uris = following.uris;
  client::Request request;
  request.method = "subscriptions/listen";
  request.params = Bytes::adopt("{\"notifications\":" + protocol::to_json(part) + "}");
  request.on_notification = [weak = following.stream](const jsonrpc::Message& message) {
    auto listening = weak.lock();
    auto uri = json::decode_string(message.uri.view());
    if (listening && uri && listening->wants(message.method, *uri)) {
      listening->emit(message.method, message.params.view());
    }
  };
  return request;
}

Task<void> follow(async::Loop& loop, std::shared_ptr<Following> following) {
  for (;;) {
    following->catch_up();
    if (following->over()) co_return;
    LinkPtr link = following->link;
    auto waiting = Link::ready(link, kFollowPatience);
    auto peer = co_await std::move(waiting);
    following->catch_up();
    if (following->over()) co_return;
    if (peer && link == following->link) {
      client::Request request = listen_request(*following);
      auto listening = (*peer)->request(std::move(request), &following->ticket);
      Outcome outcome = co_await std::move(listening);
      if (!outcome.ok() && !outcome.cause()) co_return;  // the server will not have it
    }
    auto pausing = async::sleep_for(loop, kFollowPause);
    co_await std::move(pausing);
  }
}

bool subscribable(const Link& link, Era client) {
  return link.view().era() == client && link.view().capabilities.resources_subscribe;
}

}  // namespace

// A shared link is subscribed once however many sessions want the uri; each hears only of its own.
Task<Outcome> View::subscribe(std::shared_ptr<View> self, CallPtr call) {
  auto finding = by_uri(self, call, call->uri());
  auto target = co_await std::move(finding);
  if (!target) co_return target.error();
  if (!subscribable(*target->link, Era::kLegacy)) co_return not_subscribable();
  auto& subscribers = target->link->subscribers();
  if (subscribers.size() >= kMaxSubscriptions && subscribers.count(call->uri()) == 0) {
    co_return Outcome::error(jsonrpc::kInternalError, "too many subscriptions");
  }
  bool first = subscribers[call->uri()].empty();
  subscribers[call->uri()][call->session()->id()] = call->session();
  if (!first) co_return Outcome::result(std::string("{}"));
  LinkPtr link = target->link;
  auto forwarding = forward(self, call, std::move(*target));
  Outcome outcome = co_await std::move(forwarding);
  if (!outcome.ok()) {
    auto entry = link->subscribers().find(call->uri());
    if (entry != link->subscribers().end()) entry->second.erase(call->session()->id());
    if (entry != link->subscribers().end() && entry->second.empty()) link->subscribers().erase(entry);
  }
  co_return outcome;
}

Task<Outcome> View::unsubscribe(std::shared_ptr<View> self, CallPtr call) {
  auto finding = by_uri(self, call, call->uri());
  auto target = co_await std::move(finding);
  if (!target) co_return target.error();
  auto& subscribers = target->link->subscribers();
  auto found = subscribers.find(call->uri());
  if (found == subscribers.end() || found->second.erase(call->session()->id()) == 0) {
    co_return Outcome::result(std::string("{}"));
  }
  if (!found->second.empty()) co_return Outcome::result(std::string("{}"));
  subscribers.erase(found);
  auto forwarding = forward(self, call, std::move(*target));
  Outcome outcome = co_await std::move(forwarding);
  co_return outcome;
}

// The session keeps its level (server::wants_log filters by it). A server of our own hears it as it is; a
// shared one is told to say everything that anyone may want, once.
Task<Outcome> View::set_level(std::shared_ptr<View> self, CallPtr call) {
  auto fields = json::scan_object(call->params());
  auto level = fields ? json::decode_string(fields->get("level")) : Result<std::string>(std::string());
  if (!level || !protocol::is_log_level(*level)) {
    co_return Outcome::error(jsonrpc::kInvalidParams,
                             "level must be one of the eight of RFC 5424, debug to emergency");
  }
  for (const UpstreamPtr& upstream : self->roster_) {
    LinkPtr link = upstream->pick(call->session(), call->client());
    link->set_log_level(link->owner().empty() ? "debug" : *level);
  }
  co_return Outcome::result(std::string("{}"));
}

// Fan-in (2026-07-28 subscriptions): one acknowledgement for all servers; list changes come from our own
// catalogue, updates of resources from a listen on each server that owns some of them.
Task<Outcome> View::listen(std::shared_ptr<View> self, CallPtr call) {
  auto wanted = protocol::read_listen(call->params().view());
  if (!wanted) co_return Outcome::error(wanted.error());
  if (wanted->uris.size() > kMaxListenUris) {
    co_return Outcome::error(jsonrpc::kInvalidParams,
                             "at most " + std::to_string(kMaxListenUris) + " resources in one subscription");
  }
  std::map<LinkPtr, std::vector<std::string>> owners;
  protocol::ListenFilter agreed = *wanted;
  agreed.uris.clear();
  for (const std::string& uri : wanted->uris) {
    auto finding = by_uri(self, call, uri);
    auto target = co_await std::move(finding);
    if (!target || !target->link->peer() || !subscribable(*target->link, Era::kModern)) continue;
    agreed.uris.push_back(uri);
    owners[target->link].push_back(uri);
  }
  auto stream = server::Listen::open(self->loop_, call, agreed);
  if (auto gateway = self->gateway_.lock()) gateway->add_listen(stream, self);
  std::vector<std::shared_ptr<Following>> followings;
  for (auto& [link, uris] : owners) {
    followings.push_back(
        std::make_shared<Following>(Following{link, self, std::move(uris), stream, nullptr}));
    self->loop_.spawn(follow(self->loop_, followings.back()));
  }
  auto waiting = server::Listen::wait(stream);
  Outcome outcome = co_await std::move(waiting);
  for (auto& following : followings) {
    if (following->ticket) following->ticket->cancel("the client stopped listening");
  }
  co_return outcome;
}

}  // namespace mcp::gateway
