#include "internal/client/peer.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/base/line_budget.h"
#include "internal/base/log.h"
#include "internal/client/handshake_error.h"
#include "internal/json/members.h"
#include "internal/json/scan.h"
#include "internal/protocol/headers.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"

namespace mcp::client {
namespace {

using jsonrpc::Id;
using jsonrpc::Kind;
using jsonrpc::Message;
using protocol::Era;

Error cancelled(std::string reason) {
  return Error{ErrorCode::kCancelled, reason.empty() ? "cancelled" : std::move(reason), {}};
}

Error overdue(const std::string& method, std::string_view what, async::Millis time, std::string_view hint) {
  return Error{ErrorCode::kTimeout,
               method + ": " + std::string(what) + " " + std::to_string(time.count()) + " ms",
               std::string(hint)};
}

// Of a modern server that does not say what it offers: it is asked for everything.
ServerView undeclared() {
  ServerView view;
  view.revision = protocol::kLatestModern;
  view.declared = false;
  auto& offered = view.capabilities;
  offered.tools = offered.tools_list_changed = offered.prompts = offered.prompts_list_changed = true;
  offered.resources = offered.resources_list_changed = offered.resources_subscribe = true;
  offered.completions = true;
  return view;
}

// One request of ours that is not answered yet.
struct Pending {
  Id id;
  Request request;
  std::function<void(Outcome)> done;
  std::unique_ptr<async::Timer> deadline;
  std::chrono::steady_clock::time_point since;  // set with the deadline
};

class PeerImpl final : public Peer, public transport::Listener {
 public:
  PeerImpl(async::Loop& loop, transport::ChannelPtr channel, Identity identity,
           std::weak_ptr<PeerEvents> events)
      : loop_(loop),
        channel_(std::move(channel)),
        identity_(std::move(identity)),
        events_(std::move(events)) {}
  ~PeerImpl() override { close(); }

  void listen() { channel_->start(std::static_pointer_cast<PeerImpl>(shared_from_this())); }

  Task<Result<ServerView>> initialize(protocol::Revision wanted, async::Millis timeout) override;
  Task<Result<ServerView>> discover(async::Millis timeout) override;
  Task<Result<ServerView>> discover_modern(async::Millis timeout) override;
  const ServerView& server() const override { return view_; }
  bool mirrors_params() const override { return modern() && channel_->abandon_cancels(); }

  Task<Outcome> request(Request request, std::shared_ptr<Ticket>* ticket) override;
  std::shared_ptr<Ticket> start(Request request, std::function<void(Outcome)> done) override;
  Result<void> notify(std::string_view method, std::string_view params) override;
  std::size_t in_flight() const override { return pending_.size(); }
  bool open() const override { return !over_; }
  void close() override;

  void on_message(transport::Envelope envelope) override;
  void on_undecodable(Bytes text, Error why) override;
  void on_stream_closed(std::optional<Id> related, transport::ClosedBy by, Error why) override;
  void on_renewed(Bytes initialize_result) override;
  void on_missed() override {
    if (auto events = events_.lock()) events->missed();
  }
  void on_closed(Error why) override;

  void cancel(const Id& id, Error why);

 private:
  class Handle;

  bool modern() const { return view_.era() == Era::kModern; }
  transport::Envelope compose(const Id& id, const Request& request) const;
  // Its deadline is `left` from now.
  void bound(Pending& pending, async::Millis left, Error why);
  // It reports progress.
  void prolong(Pending& pending);
  std::optional<Pending> take(const Id& id);
  void finish(const Id& id, Outcome outcome);
  void on_response(const Message& message);
  void on_notification(const transport::Envelope& envelope);
  Pending* find_by_token(const Bytes& params);
  Pending* find_by_subscription(const Message& message);
  void on_question(transport::Envelope envelope);
  static Task<void> answer(std::shared_ptr<PeerImpl> self, Message question, std::optional<Id> related);
  Request handshake(std::string method, std::string params, async::Millis timeout) const;
  Task<Outcome> ask_discover(async::Millis timeout);
  void settle(ServerView view);
  Result<ServerView> take_discovery(const Outcome& outcome);
  bool is_echo(const Message& question) const;
  void log_garbage(std::size_t bytes, const Error& why);
  void log_dropped();

  async::Loop& loop_;
  transport::ChannelPtr channel_;
  Identity identity_;
  std::weak_ptr<PeerEvents> events_;
  ServerView view_;
  bool modern_probe_ = false;  // discover() speaks modern before the era is settled
  bool lacks_discover_ = false;
  bool over_ = false;
  std::int64_t next_id_ = 1;
  std::unordered_map<std::string, Pending> pending_;  // by raw id
  std::unordered_set<std::string> questions_;         // raw ids of the server's unanswered questions
  LineBudget garbage_{kGarbageLinesPerSecond};
};

class PeerImpl::Handle final : public Ticket {
 public:
  Handle(std::weak_ptr<PeerImpl> peer, Id id) : peer_(std::move(peer)), id_(std::move(id)) {}
  void cancel(std::string reason) override {
    if (auto peer = peer_.lock()) peer->cancel(id_, cancelled(std::move(reason)));
  }
  const Id& id() const override { return id_; }

 private:
  std::weak_ptr<PeerImpl> peer_;
  Id id_;
};

transport::Envelope PeerImpl::compose(const Id& id, const Request& request) const {
  bool modern_request = modern() || modern_probe_;
  std::string params;
  std::string_view raw = request.params.view();
  if (modern_request) {
    const std::string& capabilities =
        request.capabilities ? *request.capabilities : identity_.capabilities.raw;
    params = protocol::with_modern_meta(raw, protocol::to_string(protocol::kLatestModern), identity_.info,
                                        capabilities, request.log_level);
    raw = params;
  }
  if (request.on_progress) {
    params = protocol::with_progress_token(raw, id.raw());
    raw = params;
  }
  transport::Envelope envelope;
  envelope.message = jsonrpc::own_request(id, request.method, raw);
  if (modern_request) {
    auto version = protocol::to_string(protocol::kLatestModern);
    for (auto& [name, value] : protocol::standard_headers(envelope.message, version)) {
      envelope.headers.add(name, value);
    }
    for (const auto& [name, value] : request.headers) envelope.headers.add(name, value);
  }
  for (const auto& [name, value] : request.trace) envelope.headers.add(name, value);
  return envelope;
}

std::shared_ptr<Ticket> PeerImpl::start(Request request, std::function<void(Outcome)> done) {
  Id id = Id::number(next_id_++);
  auto self = std::static_pointer_cast<PeerImpl>(shared_from_this());
  auto envelope = compose(id, request);
  async::Millis timeout = request.timeout;
  std::string method = request.method;
  std::string_view hint = request.timeout_hint;
  auto [entry, inserted] =
      pending_.emplace(id.raw(), Pending{id, std::move(request), std::move(done), nullptr, {}});
  (void)inserted;
  auto sent =
      over_ ? fail(ErrorCode::kUnavailable, "the connection is closed") : channel_->send(std::move(envelope));
  if (!sent) {
    // Never from inside this call: the caller is not yet ready for its answer.
    loop_.post([self, id, why = sent.error()] { self->finish(id, Outcome::unsent(why)); });
  } else if (timeout.count() > 0) {
    entry->second.deadline = std::make_unique<async::Timer>(loop_);
    entry->second.since = std::chrono::steady_clock::now();
    bound(entry->second, timeout, overdue(method, "no answer within", timeout, hint));
  }
  return std::make_shared<Handle>(self, id);
}

void PeerImpl::bound(Pending& pending, async::Millis left, Error why) {
  std::weak_ptr<PeerImpl> weak = std::static_pointer_cast<PeerImpl>(shared_from_this());
  pending.deadline->start(left, [weak, id = pending.id, why = std::move(why)] {
    if (auto peer = weak.lock()) peer->cancel(id, why);
  });
}

// 2025-11-25 lifecycle, "Timeouts": progress MAY reset the clock, and a maximum SHOULD be enforced anyway.
void PeerImpl::prolong(Pending& pending) {
  const Request& request = pending.request;
  if (!pending.deadline || request.longest <= request.timeout) return;
  auto passed = std::chrono::duration_cast<async::Millis>(std::chrono::steady_clock::now() - pending.since);
  auto left = std::max(request.longest - passed, async::Millis{0});
  bool last = left <= request.timeout;
  auto why = last ? overdue(request.method, "not finished within", request.longest, request.longest_hint)
                  : overdue(request.method, "no answer and no progress within", request.timeout,
                            request.timeout_hint);
  bound(pending, last ? left : request.timeout, std::move(why));
}

Task<Outcome> PeerImpl::request(Request request, std::shared_ptr<Ticket>* ticket) {
  auto self = shared_from_this();
  async::Slot<Outcome> slot(loop_);
  auto handle = start(std::move(request), [slot](Outcome outcome) { slot.set(std::move(outcome)); });
  if (ticket != nullptr) *ticket = handle;
  Outcome outcome = co_await slot.get();
  co_return outcome;
}

Result<void> PeerImpl::notify(std::string_view method, std::string_view params) {
  if (over_) return fail(ErrorCode::kUnavailable, "the connection is closed");
  transport::Envelope envelope;
  envelope.message = jsonrpc::own_message(jsonrpc::make_notification(method, params));
  if (modern()) {
    auto version = protocol::to_string(view_.revision);
    envelope.headers.add(std::string(protocol::kVersionHeader), std::string(version));
  }
  return channel_->send(std::move(envelope));
}

void PeerImpl::close() {
  if (over_) return;
  over_ = true;
  log_dropped();
  channel_->close();
  auto pending = std::move(pending_);
  pending_.clear();
  for (auto& [id, entry] : pending) entry.done(Outcome::failure(cancelled("the connection was closed")));
}

std::optional<Pending> PeerImpl::take(const Id& id) {
  auto found = pending_.find(id.raw());
  if (found == pending_.end()) return std::nullopt;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  return pending;
}

void PeerImpl::finish(const Id& id, Outcome outcome) {
  if (auto pending = take(id)) pending->done(std::move(outcome));
}

// Legacy: a notification, but never for initialize (2025-11-25 cancellation). Modern HTTP: closing the stream
// says it; modern stdio: a notification (2026-07-28 cancellation).
void PeerImpl::cancel(const Id& id, Error why) {
  auto pending = take(id);
  if (!pending) return;
  if (channel_->abandon_cancels()) {
    channel_->abandon(id);
  } else {
    if (pending->request.method != "initialize") {
      (void)notify("notifications/cancelled", "{\"requestId\":" + id.raw() + "}");
    }
    channel_->abandon(id);
  }
  auto done = std::make_shared<std::function<void(Outcome)>>(std::move(pending->done));
  loop_.post([done, why = std::move(why)] { (*done)(Outcome::failure(why)); });
}

void PeerImpl::on_message(transport::Envelope envelope) {
  switch (envelope.message.kind) {
    case Kind::kResult:
    case Kind::kError: return on_response(envelope.message);
    case Kind::kNotification: return on_notification(envelope);
    case Kind::kRequest: return on_question(std::move(envelope));
  }
}

void PeerImpl::on_response(const Message& message) {
  if (!message.id) {
    log::debug("error without an id from a server");
    return;
  }
  if (message.kind == Kind::kResult) return finish(*message.id, Outcome::read_result(message.result));
  auto error = jsonrpc::parse_rpc_error(message.error.view());
  if (error) return finish(*message.id, Outcome::error(std::move(*error)));
  finish(*message.id,
         Outcome::failure(
             Error{ErrorCode::kProtocol, "the server sent a broken error: " + error.error().message, {}}));
}

Pending* PeerImpl::find_by_token(const Bytes& params) {
  auto fields = json::scan_object(params);
  if (!fields) return nullptr;
  auto token = Id::parse(fields->get("progressToken"));
  if (!token) return nullptr;
  auto found = pending_.find(token->raw());
  return found == pending_.end() ? nullptr : &found->second;
}

Pending* PeerImpl::find_by_subscription(const Message& message) {
  if (message.meta.empty()) return nullptr;
  auto fields = json::scan_object(message.meta);
  if (!fields) return nullptr;
  auto subscription = Id::parse(fields->get(protocol::kMetaSubscriptionId));
  if (!subscription) return nullptr;
  auto found = pending_.find(subscription->raw());
  return found == pending_.end() ? nullptr : &found->second;
}

void PeerImpl::on_notification(const transport::Envelope& envelope) {
  const Message& message = envelope.message;
  if (message.method == "notifications/progress") {
    Pending* pending = find_by_token(message.params);
    if (pending != nullptr) prolong(*pending);
    // A copy: the callback may end the request that owns it.
    if (pending != nullptr && pending->request.on_progress) {
      auto report = pending->request.on_progress;
      report(message);
    }
    // 2025-11-25 tasks: the token of a call that became a task outlives the call.
    bool of_task = !json::member_of(message.meta.view(), protocol::kMetaRelatedTask).empty();
    if (pending != nullptr || !of_task) return;
  }
  if (message.method == "notifications/cancelled") {
    auto fields = json::scan_object(message.params);
    if (!fields) return;
    auto id = Id::parse(fields->get("requestId"));
    if (!id || questions_.erase(id->raw()) != 0) return;
    // 2026-07-28 cancellation: a server ends a listen stream over stdio this way.
    return finish(*id, Outcome::failure(Error{ErrorCode::kUnavailable, "the server ended the request", {}}));
  }
  Pending* owner = modern() ? find_by_subscription(message) : nullptr;
  if (owner == nullptr && envelope.related) {
    auto found = pending_.find(envelope.related->raw());
    if (found != pending_.end()) owner = &found->second;
  }
  if (owner != nullptr && owner->request.on_notification) {
    auto report = owner->request.on_notification;
    return report(message);
  }
  if (auto events = events_.lock()) events->notified(message);
}

void PeerImpl::on_question(transport::Envelope envelope) {
  auto self = std::static_pointer_cast<PeerImpl>(shared_from_this());
  if (envelope.message.method == "ping") {
    transport::Envelope pong;
    pong.message = jsonrpc::own_message(jsonrpc::make_result(*envelope.message.id, "{}"));
    (void)channel_->send(std::move(pong));
    return;
  }
  if (is_echo(envelope.message)) {
    Error why{ErrorCode::kProtocol, "the server sends back what it is sent", "is it an MCP server?"};
    return finish(*envelope.message.id, Outcome::failure(std::move(why)));
  }
  if (questions_.size() >= kMaxQuestions) {
    log::debug("a server asks too much at once", {{"questions", questions_.size()}});
    transport::Envelope refusal;
    refusal.message = jsonrpc::own_message(jsonrpc::make_error(
        *envelope.message.id,
        jsonrpc::RpcError{jsonrpc::kInternalError,
                          std::to_string(kMaxQuestions) + " questions of this server wait for an answer",
                          {}}));
    refusal.related = std::move(envelope.related);
    (void)channel_->send(std::move(refusal));
    return;
  }
  questions_.insert(envelope.message.id->raw());
  loop_.spawn(answer(self, std::move(envelope.message), std::move(envelope.related)));
}

// A handshake is nothing that a server could ask for. Answered, it would come back once more, as an answer.
bool PeerImpl::is_echo(const Message& question) const {
  bool hello = question.method == "server/discover" || question.method == "initialize";
  return hello && pending_.count(question.id->raw()) != 0;
}

Task<void> PeerImpl::answer(std::shared_ptr<PeerImpl> self, Message question, std::optional<Id> related) {
  Id id = *question.id;
  Outcome outcome =
      Outcome::error(jsonrpc::kMethodNotFound, "this client does not answer " + question.method);
  if (auto events = self->events_.lock()) {
    auto answering = events->asked(std::move(question), std::move(related));
    outcome = co_await std::move(answering);
  }
  // Gone from the set: the server has cancelled its question.
  if (self->over_ || self->questions_.erase(id.raw()) == 0) co_return;
  transport::Envelope envelope;
  envelope.message = jsonrpc::own_message(outcome.ok() ? jsonrpc::make_result(id, outcome.raw().view())
                                                       : jsonrpc::make_error(id, outcome.error()));
  (void)self->channel_->send(std::move(envelope));
}

void PeerImpl::log_garbage(std::size_t bytes, const Error& why) {
  auto now = LineBudget::Clock::now();
  if (garbage_.owes_report(now)) log_dropped();
  if (!garbage_.take(now)) return;
  // Of what was too long only the head is here; the reason counts its bytes.
  std::string size = why.code == ErrorCode::kLimit ? "" : std::to_string(bytes) + " bytes: ";
  log::warn("server sent something that is no message",
            {{"server", identity_.server}, {"reason", size + why.message}});
}

void PeerImpl::log_dropped() {
  std::size_t times = garbage_.take_dropped();
  if (times == 0) return;
  log::warn("server sent more that is no message", {{"server", identity_.server}, {"times", times}});
}

void PeerImpl::on_undecodable(Bytes text, Error why) {
  log_garbage(text.size(), why);
  // An answer that is none must not leave its request waiting for ever.
  auto rest = jsonrpc::salvage(text.view());
  if (!rest.id || rest.is_call) return;
  bool limit = why.code == ErrorCode::kLimit;
  const char* what = limit ? "the server's answer is beyond a limit: " : "the server sent a broken answer: ";
  finish(*rest.id,
         Outcome::failure(Error{limit ? why.code : ErrorCode::kProtocol, what + why.message, why.hint}));
}

void PeerImpl::on_stream_closed(std::optional<Id> related, transport::ClosedBy by, Error why) {
  if (by == transport::ClosedBy::kUs) return;
  if (!related) {
    if (auto events = events_.lock()) events->troubled(std::move(why));
    return;
  }
  bool unsent = by == transport::ClosedBy::kUnsent;
  finish(*related, unsent ? Outcome::unsent(std::move(why)) : Outcome::failure(std::move(why)));
}

void PeerImpl::on_renewed(Bytes initialize_result) {
  auto answer = protocol::read_initialize_result(initialize_result.view());
  if (over_ || !answer) return;
  questions_.clear();  // nobody waits for their answers any more
  view_.capabilities = std::move(answer->capabilities);
  view_.info = std::move(answer->server_info);
  view_.instructions = std::move(answer->instructions);
  if (auto events = events_.lock()) events->renewed();
}

void PeerImpl::on_closed(Error why) {
  if (over_) return;
  over_ = true;
  log_dropped();
  auto self = shared_from_this();  // a callback may drop the last other owner
  auto pending = std::move(pending_);
  pending_.clear();
  for (auto& [id, entry] : pending) entry.done(Outcome::failure(why));
  if (auto events = events_.lock()) events->closed(std::move(why));
}

Request PeerImpl::handshake(std::string method, std::string params, async::Millis timeout) const {
  Request request;
  request.method = std::move(method);
  request.params = Bytes::adopt(std::move(params));
  request.timeout = timeout;
  return request;
}

Task<Result<ServerView>> PeerImpl::initialize(protocol::Revision wanted, async::Millis timeout) {
  auto self = shared_from_this();
  Request hello = handshake(
      "initialize", protocol::initialize_params(wanted, identity_.capabilities.raw, identity_.info), timeout);
  Outcome outcome = co_await request(std::move(hello), nullptr);
  if (!outcome.ok()) co_return fail(handshake_error(outcome, "initialize"));
  auto answer = protocol::read_initialize_result(outcome.raw().view());
  if (!answer) co_return fail(std::move(answer.error()).wrap("initialize"));
  auto revision = protocol::parse_revision(answer->version);
  if (!revision || protocol::era_of(*revision) == Era::kModern) {
    co_return fail(ErrorCode::kUnsupported, "the server speaks version " + answer->version,
                   "this client knows 2024-11-05 to 2025-11-25 by handshake");
  }
  view_ = ServerView{*revision, std::move(answer->capabilities), std::move(answer->server_info),
                     std::move(answer->instructions)};
  channel_->negotiated(*revision);
  auto told = notify("notifications/initialized", {});
  MCP_CO_CHECK(told);
  co_return view_;
}

Task<Outcome> PeerImpl::ask_discover(async::Millis timeout) {
  modern_probe_ = true;
  Request hello = handshake("server/discover", "{}", timeout);
  Outcome outcome = co_await request(std::move(hello), nullptr);
  modern_probe_ = false;
  co_return outcome;
}

void PeerImpl::settle(ServerView view) {
  view_ = std::move(view);
  channel_->negotiated(view_.revision);
}

Result<ServerView> PeerImpl::take_discovery(const Outcome& outcome) {
  if (!outcome.ok()) return fail(discover_error(outcome));
  auto answer = protocol::read_discover_result(outcome.raw().view());
  if (!answer) return fail(std::move(answer.error()).wrap("server/discover"));
  if (!contains_our_version(answer->supported)) return fail(no_common_version(answer->supported));
  settle(ServerView{protocol::kLatestModern, std::move(answer->capabilities), std::move(answer->server_info),
                    std::move(answer->instructions)});
  return view_;
}

Task<Result<ServerView>> PeerImpl::discover(async::Millis timeout) {
  auto self = shared_from_this();
  Outcome outcome = co_await ask_discover(timeout);
  if (offers_our_version(outcome)) {
    Outcome second = co_await ask_discover(timeout);
    outcome = std::move(second);
  }
  lacks_discover_ = has_no_discover(outcome);
  co_return take_discovery(outcome);
}

// 2026-07-28: every result has a resultType. What has neither that nor server/discover is of an older
// version.
Task<Result<ServerView>> PeerImpl::discover_modern(async::Millis timeout) {
  auto self = shared_from_this();
  auto discovering = discover(timeout);
  auto view = co_await std::move(discovering);
  if (view || !lacks_discover_) co_return view;
  settle(undeclared());
  Request look = handshake("tools/list", "{}", timeout);
  Outcome outcome = co_await request(std::move(look), nullptr);
  if (outcome.ok() && json::member_of(outcome.raw().view(), "resultType").empty()) {
    co_return fail(ErrorCode::kUnsupported,
                   "the server has no server/discover and answers like one of an older version",
                   "leave its era at auto");
  }
  if (outcome.cause()) co_return fail(handshake_error(outcome, "tools/list"));
  co_return view_;
}

}  // namespace

PeerPtr Peer::create(async::Loop& loop, transport::ChannelPtr channel, Identity identity,
                     std::weak_ptr<PeerEvents> events) {
  auto peer = std::make_shared<PeerImpl>(loop, std::move(channel), std::move(identity), std::move(events));
  peer->listen();
  return peer;
}

}  // namespace mcp::client
