// One request on its way to its server and back.
#include "internal/base/log.h"
#include "internal/gateway/progress.h"
#include "internal/gateway/tracing.h"
#include "internal/gateway/view.h"
#include "internal/gateway/waiting_notice.h"
#include "internal/json/members.h"
#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/method.h"
#include "internal/server/log_level.h"
#include "internal/transport/oversized.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;

namespace {

// What of this client's capabilities may be told to a modern server: what it answers by itself (MRTR), and
// extensions, which live in content. A client that holds as many tasks as it may is not given another.
std::string told_capabilities(const protocol::ClientView& client, const Target& target) {
  const std::string& raw = client.capabilities.raw;
  if (target.tasks || !client.capabilities.tasks_extension) return raw;
  auto extensions = protocol::without_member(json::member_of(raw, "extensions"), protocol::kTasksExtension);
  return protocol::with_member(raw, "extensions", extensions);
}

// May this client hear this log message of the link's server? A shared server says what the most talkative of
// its clients wants; one that was never told a level decides for clients that set none.
bool lets_through(const Link& link, const protocol::ClientView& client, const jsonrpc::Message& message) {
  bool unset = client.log_level.empty() && client.era() == Era::kLegacy;
  if (unset && link.log_level().empty()) return true;
  auto level = json::decode_string(json::member_of(message.params.view(), "level"));
  return level && server::wants_log(client, *level);
}

// A notification on the stream of a call. What concerns the server as a whole goes the link's way.
void relay(const std::weak_ptr<server::Call>& weak, const std::weak_ptr<Link>& weak_link,
           const jsonrpc::Message& message) {
  auto link = weak_link.lock();
  if (!link) return;
  bool of_call = message.method == "notifications/message" || message.method == "notifications/progress" ||
                 message.method == "notifications/elicitation/complete";
  if (!of_call) return link->notified(message);
  auto call = weak.lock();
  if (!call) return;
  if (message.method == "notifications/message" && !lets_through(*link, call->client(), message)) return;
  // 2026-07-28 has no such notification: its clients come back by themselves.
  bool unknown =
      message.method == "notifications/elicitation/complete" && call->client().era() == Era::kModern;
  if (!unknown) call->notify(message.method, message.params.view());
}

// Only methods that may ask (2026-07-28 MRTR) are asked back.
bool may_ask(const CallPtr& call) {
  const protocol::Method* row = protocol::find_method(call->method());
  return row != nullptr && row->mrtr;
}

// A modern client names the level in each request; the level of a shared legacy server is raised for it.
bool raises_level(const CallPtr& call, const Link& link) {
  return call->client().era() == Era::kModern && !call->client().log_level.empty() && link.owner().empty() &&
         link.view().era() == Era::kLegacy && link.view().capabilities.logging;
}

// What concerns a task must not wait behind the very calls that it is about, and tasks/result lasts as long
// as its task.
bool needs_place(const CallPtr& call) { return !call->method().starts_with("tasks/"); }

// A maximum SHOULD be enforced whatever a server reports (2025-11-25 lifecycle, "Timeouts").
constexpr std::string_view kTimeoutHint = "raise call_timeout of the server, or request_timeout in [serve]";
constexpr std::string_view kLongestHint = "raise max_call_time of the server";

// The key of the time that ended a call; empty: none did.
std::string_view time_that_ended(const Error& why) {
  if (why.code != ErrorCode::kTimeout) return {};
  if (why.hint == kLongestHint) return "max_call_time";
  return why.hint == kTimeoutHint ? "call_timeout" : "";
}

async::Millis longest_call(const config::ServerEntry& entry) {
  return entry.max_call_time.count() > 0 ? entry.max_call_time : 10 * entry.call_timeout;
}

}  // namespace

client::Request View::compose(const CallPtr& call, const Target& target) {
  client::Request request;
  request.method = call->method();
  request.headers = target.headers;
  request.timeout = target.timeout.value_or(target.upstream->entry().call_timeout);
  if (!target.timeout) request.longest = longest_call(target.upstream->entry());
  if (!target.timeout) request.timeout_hint = kTimeoutHint;
  request.longest_hint = kLongestHint;
  bool modern_client = call->client().era() == Era::kModern;
  bool modern_server = target.link->view().era() == Era::kModern;
  bool to_legacy = modern_client && !modern_server;
  request.params = target.params;
  if (to_legacy)
    request.params = Bytes::adopt(protocol::without_modern_meta(without_retry(target.params.view())));
  if (const auto& trace = call->note().trace) {
    request.params = Bytes::adopt(with_trace(request.params.view(), *trace));
    request.trace = trace_headers(*trace);
  }
  if (modern_server) request.log_level = call->client().log_level;
  if (modern_server && modern_client) request.capabilities = told_capabilities(call->client(), target);
  bool shared = target.upstream->entry().isolation == config::ServerEntry::Isolation::kShared;
  if (modern_server && !modern_client && !shared && may_ask(call)) {
    request.capabilities = told_answers(call->client().capabilities).raw;
  }
  std::weak_ptr<server::Call> weak = call;
  if (!call->message().progress_token.empty()) {
    request.on_progress = [weak](const jsonrpc::Message& report) {
      if (auto caller = weak.lock()) report_progress(*caller, report);
    };
  }
  request.on_notification = [weak, link = std::weak_ptr<Link>(target.link)](const jsonrpc::Message& message) {
    relay(weak, link, message);
  };
  return request;
}

Task<Outcome> View::forward(std::shared_ptr<View> self, CallPtr call, Target target) {
  call->note().meter = target.link->meter();
  Place place;
  if (needs_place(call)) {
    const auto& admission = target.upstream->admission();
    if (!admission->try_enter()) {
      auto queueing = wait_for_place(self, call, target.upstream);
      auto refused = co_await std::move(queueing);
      if (refused) co_return std::move(*refused);
    }
    place = Place(admission);
  }
  Result<client::PeerPtr> peer = target.link->at_hand();
  if (!*peer) {
    WaitingNotice notice(self->loop(), call, target.upstream->name());
    auto waiting = Link::ready(target.link, target.upstream->entry().start_timeout);
    peer = co_await std::move(waiting);
  }
  if (self->superseded(target.upstream) && !target.repeated && !target.pinned) {
    // Not sent yet: its successor answers.
    place.leave();
    auto again = self->handle(call);
    Outcome outcome = co_await std::move(again);
    co_return outcome;
  }
  if (!peer) co_return Outcome::failure(peer.error());
  if (call->cancelled()) co_return Outcome::error(jsonrpc::kInternalError, "cancelled");
  if (auto refused = self->admit_task(call, target)) co_return std::move(*refused);
  if (may_ask(call) && target.upstream->wants_lease(*target.link, call->client())) {
    LinkPtr own = target.upstream->leases().take(call->session()->principal(),
                                                 told_answers(call->client().capabilities));
    if (own) {
      auto conversing = converse(self, call, std::move(target), own);
      Outcome outcome = co_await std::move(conversing);
      co_return outcome;
    }
    // It goes to the shared instance, which is told that nobody can be asked.
    target.upstream->note_no_room({});
  }
  auto running = target.upstream->begin_call();
  auto gateway = self->gateway_.lock();
  bool raises = gateway && raises_level(call, *target.link);
  if (raises) {
    auto raising = Gateway::raise_level(gateway, call, target.link);
    co_await std::move(raising);
  }
  auto sending = send(self, call, target, *peer);
  Outcome outcome = co_await std::move(sending);
  if (raises) gateway->lower_level(call, target.link);
  target.link->call_ended(*peer, outcome);
  if (outcome.cause() && transport::is_oversized(*outcome.cause()) && gateway) {
    gateway->account()->refused("max_result_bytes");
  }
  if (outcome.cause() && gateway) {
    if (auto key = time_that_ended(*outcome.cause()); !key.empty()) gateway->account()->ended_by(key);
  }
  if (Repeat how = self->wants_repeat(call, target, outcome); how != Repeat::kNo) {
    running.reset();
    place.leave();
    auto again = resend(self, call, std::move(target), how);
    Outcome second = co_await std::move(again);
    co_return second;
  }
  co_return self->bridged(call, *target.link, std::move(outcome));
}

// Not a coroutine.
Task<Outcome> View::send(std::shared_ptr<View> self, CallPtr call, Target target, client::PeerPtr peer) {
  client::Request request = compose(call, target);
  request.on_notification = self->task_relaying(target.link, std::move(request.on_notification));
  bool rounds = request.capabilities && call->client().era() == Era::kLegacy;
  return rounds ? ask_in_rounds(self, call, target, peer, std::move(request))
                : transmit(self, call, target, peer, std::move(request));
}

Task<Outcome> View::transmit(std::shared_ptr<View> self, CallPtr call, Target target, client::PeerPtr peer,
                             client::Request request) {
  LinkPtr link = target.link;
  async::Slot<Outcome> slot(self->loop());
  auto ticket = peer->start(std::move(request), self->task_noting(call, target, slot));
  jsonrpc::Id id = ticket->id();
  if (call->note().trace) call->note().trace->upstream_id = id.raw();
  link->running()[id] = call;
  call->on_cancel([ticket] { ticket->cancel("the client cancelled"); });
  Outcome outcome = co_await slot.get();
  link->running().erase(id);
  co_return outcome;
}

Outcome View::bridged(const CallPtr& call, const Link& link, Outcome outcome) const {
  Era from = link.view().era();
  Era to = call->client().era();
  if (outcome.ok()) {
    if (from == Era::kModern && to == Era::kLegacy &&
        protocol::result_type(outcome.raw().view()) != "complete") {
      return Outcome::error(
          jsonrpc::kInternalError,
          "server \"" + link.entry().name +
              "\" answered with a result that this client's protocol version does not have");
    }
    remember_links(link, outcome.raw());
    if (to == Era::kModern) return outcome;  // what its era adds, its session adds to every result
    auto result = protocol::bridge_result(outcome.raw(), call->method(), from, to, info_);
    return outcome.was_read() ? Outcome::read_result(std::move(result)) : Outcome::result(std::move(result));
  }
  if (outcome.cause()) {
    // The hop behind us failed, whatever the cause: no code may blame the client's request for it.
    bool ended_by_us =
        link.state() == Link::State::kStopped && outcome.cause()->code == ErrorCode::kCancelled;
    Error why = ended_by_us ? link.last_error() : *outcome.cause();
    auto error = jsonrpc::to_rpc_error(std::move(why).wrap("server \"" + link.entry().name + "\""));
    error.code = jsonrpc::kInternalError;
    return Outcome::failure(*outcome.cause(), std::move(error));
  }
  return Outcome::error(protocol::bridge_error(outcome.error(), call->method(), from, to));
}

void View::remember_links(const Link& link, const Bytes& result) const {
  auto gateway = roster_.size() < 2 ? nullptr : gateway_.lock();
  if (!gateway) return;
  for (const std::string& uri : mentioned_uris(result.view()))
    gateway->links().remember(uri, link.entry().name);
}

Task<Outcome> View::go_on(std::shared_ptr<View> self, CallPtr call, tl::expected<Target, Outcome> target) {
  if (!target) return answer(std::move(target.error()));
  if (auto foreign = self->foreign_state(call, *target->link)) return answer(std::move(*foreign));
  return forward(self, call, std::move(*target));
}

Task<Outcome> View::by_its_name(std::shared_ptr<View> self, CallPtr call, ListKind kind) {
  if (auto continued = self->continued(call)) return std::move(*continued);
  auto found = self->by_name_now(call, kind, call->name());
  if (found) return go_on(self, call, std::move(*found));
  return find_and_go_on(self, call, by_name(self, call, kind, call->name()));
}

Task<Outcome> View::named(std::shared_ptr<View> self, CallPtr call, Finding finding) {
  if (auto continued = self->continued(call)) return std::move(*continued);
  return find_and_go_on(self, call, std::move(finding));
}

std::optional<Task<Outcome>> View::continued(const CallPtr& call) {
  auto conversation = returning(call);
  if (!conversation) return answer(std::move(conversation.error()));
  if (!*conversation) return std::nullopt;
  return round(shared_from_this(), call, std::move(*conversation));
}

Task<Outcome> View::find_and_go_on(std::shared_ptr<View> self, CallPtr call, Finding finding) {
  auto target = co_await std::move(finding);
  auto going_on = go_on(self, call, std::move(target));
  Outcome outcome = co_await std::move(going_on);
  co_return outcome;
}

}  // namespace mcp::gateway
