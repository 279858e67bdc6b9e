#include "internal/server/peer.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "internal/base/log.h"
#include "internal/json/scan.h"
#include "internal/protocol/cancelled.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"

namespace mcp::server {

using jsonrpc::Id;
using jsonrpc::Message;
using transport::Envelope;

namespace {

constexpr int kServiceUnavailable = 503;
constexpr const char* kNotJson = "the answer is not valid JSON";

std::string next_session_id() {
  static std::atomic<std::uint64_t> count{0};
  return "s" + std::to_string(++count);
}

// Small results are looked at where the message is made.
bool is_broken(const Outcome& outcome) {
  if (!outcome.ok() || outcome.was_read() || outcome.raw().size() < Rope::kShareFrom) return false;
  return json::type_of(outcome.raw().view()) != json::Type::kObject || !json::validate(outcome.raw());
}

}  // namespace

std::string capabilities_of(const Offer& offer) {
  return offer.capabilities.raw == "{}" ? protocol::to_json(offer.capabilities) : offer.capabilities.raw;
}

Peer::Peer(async::Loop& loop, transport::ChannelPtr channel, std::shared_ptr<Backend> backend,
           SessionOptions options)
    : loop_(loop),
      channel_(std::move(channel)),
      backend_(std::move(backend)),
      options_(std::move(options)),
      id_(next_session_id()),
      questions_(loop, options_.max_questions) {
  modern_http_ = options_.era ? *options_.era == protocol::Era::kModern : channel_->abandon_cancels();
  if (!modern_http_) return;
  phase_ = Phase::kModern;
  client_.revision = protocol::kLatestModern;  // until its request says more
}

void Peer::start() {
  self_ = shared_from_this();
  if (modern_http_) note_open();
  channel_->start(weak_from_this());
}

void Peer::note_open() {
  if (!std::exchange(noted_open_, true) && options_.observer) options_.observer->opened(*this);
}

void Peer::notify(std::string_view method, std::string_view params) {
  // Modern clients get nothing outside a request's stream (2026-07-28 subscriptions).
  if (phase_ == Phase::kLegacy) send_notification(std::nullopt, method, params);
}

Task<Outcome> Peer::ask(std::string method, Bytes params) {
  return put_question(shared_from_this(), std::nullopt, std::move(method), std::move(params));
}

std::size_t Peer::in_flight() const {
  return static_cast<std::size_t>(std::count_if(
      running_.begin(), running_.end(), [](const auto& entry) { return !entry.second->cancelled(); }));
}

void Peer::close() {
  if (!alive()) return;
  answer_lasting_calls();
  if (!alive()) return;
  channel_->close();
  end(Error{ErrorCode::kCancelled, "the session was closed", {}});
}

void Peer::on_message(Envelope envelope) {
  if (!alive()) return;
  if (phase_ == Phase::kHandshake && !envelope.message.is_response()) return hold(std::move(envelope));
  if (envelope.message.is_request()) return on_request(std::move(envelope));
  if (envelope.message.is_notification()) return on_notification(envelope.message);
  on_response(envelope.message);
}

void Peer::hold(Envelope envelope) {
  if (held_.size() < options_.max_in_flight) return held_.push_back(std::move(envelope));
  if (!envelope.message.is_request()) return;
  if (options_.observer) options_.observer->refused("max_in_flight_per_client");
  answer(envelope.message,
         Outcome::error(Error{ErrorCode::kLimit, "too many requests before initialize was answered",
                              "wait for the answer to initialize"}));
}

void Peer::on_request(Envelope envelope) {
  if (phase_ == Phase::kUndecided) return first_request(std::move(envelope));
  if (phase_ == Phase::kLegacy) return legacy_request(std::move(envelope));
  modern_request(std::move(envelope));
}

// 2026-07-28 versioning, "dual-era servers": the first request decides for the connection.
void Peer::first_request(Envelope envelope) {
  const Message& request = envelope.message;
  if (request.method == "initialize") return initialize(request);
  if (request.method == "ping") return answer(request, Outcome::result(std::string("{}")));
  bool modern = protocol::is_modern(request) || request.method == "server/discover";
  if (modern && options_.era != protocol::Era::kLegacy) return modern_request(std::move(envelope));
  answer(request,
         Outcome::error(jsonrpc::kInvalidRequest,
                        "not initialized: send initialize first, or name a protocol version in _meta"));
}

void Peer::on_notification(const Message& message) {
  if (phase_ == Phase::kUndecided) return;
  if (message.method == "notifications/cancelled") return cancel_by_message(message);
  if (message.method == "notifications/initialized") return client_initialized();
  if (message.method == "notifications/progress") return;
  backend_->notified(shared_from_this(), message);
}

void Peer::on_response(const Message& message) {
  if (questions_.settle(message)) return;
  log::debug("an answer to no question of ours was dropped", {{"session", id_}});
}

void Peer::on_undecodable(Bytes text, Error why) {
  if (!alive()) return;
  auto rpc = jsonrpc::to_rpc_error(why);
  std::optional<Id> id;
  if (why.code == ErrorCode::kProtocol && jsonrpc::is_batch(text.view())) {
    rpc = {jsonrpc::kInvalidRequest,
           "batches are not accepted here: `batch = true` accepts them in sessions of revision 2025-03-26",
           {}};
  } else if (why.code != ErrorCode::kMalformed) {
    rpc.code = jsonrpc::kInvalidRequest;
    id = jsonrpc::salvage(text.view()).id;
  }
  (void)send(jsonrpc::make_error(id, rpc), id, 400);
}

void Peer::on_stream_closed(std::optional<Id> related, transport::ClosedBy by, Error why) {
  (void)why;
  // 2026-07-28 transports: closing the response stream MUST be treated as cancellation; before it SHOULD NOT.
  if (modern_http_ && related && by != transport::ClosedBy::kUs) cancel(*related);
}

void Peer::on_closed(Error why) {
  if (alive()) end(why);
}

void Peer::end(const Error& why) {
  phase_ = Phase::kOver;
  held_.clear();
  auto running = std::move(running_);
  running_.clear();
  for (auto& [id, call] : running) call->cancel();
  questions_.fail_all(Error{ErrorCode::kUnavailable, "the client is gone: " + why.message, {}});
  backend_->session_closed(shared_from_this());
  if (noted_open_ && options_.observer) options_.observer->closed(*this);
  if (options_.over) options_.over();
  // Not from inside a call of the channel, which may die with us.
  loop_.post([self = std::move(self_)] {});
}

void Peer::start_call(Envelope envelope, ClientViewPtr view) {
  const Id id = *envelope.message.id;
  if (running_.contains(id)) {
    // Without an id: the answer would be taken for the running request's.
    jsonrpc::RpcError error{jsonrpc::kInvalidRequest, "request id " + id.raw() + " is still in use", {}};
    (void)send(jsonrpc::make_error(std::nullopt, error), std::nullopt, 400);
    return;
  }
  if (envelope.message.uri.size() > jsonrpc::kMaxWord) {
    std::string why = "params.uri is longer than " + std::to_string(jsonrpc::kMaxWord) + " bytes";
    return answer(envelope.message, Outcome::error(jsonrpc::kInvalidParams, std::move(why)));
  }
  if (running_.size() >= options_.max_in_flight) {
    Error full{ErrorCode::kLimit,
               "too many requests at once: " + std::to_string(options_.max_in_flight) + " are running",
               "wait for answers before sending more; max_in_flight_per_client in [serve] says how many"};
    if (options_.observer) options_.observer->refused("max_in_flight_per_client");
    return answer(envelope.message, Outcome::busy(std::move(full)));
  }
  auto call = std::make_shared<RunningCall>(shared_from_this(), std::move(envelope), std::move(view));
  running_.emplace(id, call);
  if (options_.observer) options_.observer->began(*call);
  loop_.spawn(run(shared_from_this(), call));
}

Task<void> Peer::run(std::shared_ptr<Peer> self, std::shared_ptr<RunningCall> call) {
  if (call->is_modern() && call->method() == "server/discover") {
    Outcome hello = co_await discover(self);
    self->finish(call, hello);
    co_return;
  }
  auto backend = self->backend_;
  CallPtr shared = call;
  Outcome outcome = co_await backend->handle(shared);
  if (!outcome.is_later()) self->finish(call, outcome);
}

Task<Outcome> Peer::discover(std::shared_ptr<Peer> self) {
  auto backend = self->backend_;
  SessionPtr session = self;
  Offer offer = co_await backend->offer(session);
  std::string capabilities = capabilities_of(offer);
  co_return Outcome::result(protocol::discover_result(capabilities, offer.server_info, offer.instructions));
}

void Peer::finish(const std::shared_ptr<RunningCall>& call, const Outcome& outcome) {
  auto entry = running_.find(call->id());
  if (entry != running_.end() && entry->second == call) running_.erase(entry);
  call->finish();
  if (options_.observer) options_.observer->ended(*call, outcome);
  if (call->cancelled() || !alive()) return;
  if (is_broken(outcome)) {
    log::error("a large result is not a JSON object", {{"session", id_}, {"method", call->method()}});
    return reply(call->id(), Outcome::error(jsonrpc::kInternalError, kNotJson));
  }
  if (call->is_modern()) return reply_modern(*call, outcome);
  if (outcome.ok() && call->method() == "logging/setLevel") note_log_level(call->message());
  reply(call->id(), outcome);
}

void Peer::cancel(const Id& request) {
  auto entry = running_.find(request);
  if (entry == running_.end()) return;
  auto call = entry->second;
  withdraw_questions(request);
  call->cancel();
}

void Peer::withdraw_questions(const Id& request) {
  for (const Id& question : questions_.cancel(request)) {
    send_notification(request, "notifications/cancelled", "{\"requestId\":" + question.raw() + "}");
  }
}

void Peer::cancel_by_message(const Message& message) {
  if (modern_http_) return;
  if (auto id = protocol::cancelled_request(message)) cancel(*id);
}

Task<Outcome> Peer::put_question(std::shared_ptr<Peer> self, std::optional<Id> related, std::string method,
                                 Bytes params) {
  if (auto refusal = self->cannot_ask(method, params)) co_return Outcome::failure(*refusal);
  auto question = self->questions_.add(related);
  if (!question) {
    if (self->options_.observer) self->options_.observer->refused("max_questions");
    co_return Outcome::failure(question.error());
  }
  auto sent = self->send(jsonrpc::make_request(question->id, method, params.view()), related);
  if (!sent) {
    self->questions_.drop(question->id);
    co_return Outcome::failure(sent.error());
  }
  auto slot = question->answer;
  auto deadline = self->options_.question_timeout;
  std::optional<Outcome> answer = co_await slot.get_within(deadline);
  if (answer) co_return std::move(*answer);
  self->questions_.drop(question->id);
  self->send_notification(related, "notifications/cancelled",
                          "{\"requestId\":" + question->id.raw() + ",\"reason\":\"timeout\"}");
  co_return Outcome::failure(
      Error{ErrorCode::kTimeout, "the client did not answer " + method + " in time", {}});
}

Task<Outcome> Peer::refuse(Error why) { co_return Outcome::failure(std::move(why)); }

void Peer::send_notification(std::optional<Id> related, std::string_view method, std::string_view params) {
  (void)send(jsonrpc::make_notification(method, params), std::move(related));
}

void Peer::answer(const Message& request, const Outcome& outcome, int http_status) {
  if (options_.observer) options_.observer->answered(*this, request, outcome);
  reply(*request.id, outcome, http_status);
}

void Peer::reply(const Id& request, const Outcome& outcome, int http_status) {
  if (outcome.ok()) {
    return reply_result(request, outcome.raw().empty() ? Bytes::copy("{}") : outcome.raw(),
                        outcome.was_read());
  }
  if (outcome.is_busy()) http_status = kServiceUnavailable;
  (void)send(jsonrpc::make_error(request, outcome.error()), request, http_status);
  if (modern_http_ && alive()) end(Error{ErrorCode::kUnavailable, "the request was answered", {}});
}

// A large result was validated when its call ended, and is shared.
void Peer::reply_result(const Id& request, const Rope& result, bool was_read) {
  auto hand_over_own = [&] {
    auto message = result.size() < Rope::kShareFrom ? jsonrpc::own_result(request, result.view())
                                                    : jsonrpc::share_result(request, result);
    return hand_over(std::move(message), request, 0);
  };
  bool known = was_read || result.size() >= Rope::kShareFrom;
  auto sent = known ? hand_over_own() : send(jsonrpc::make_result(request, result.view()), request);
  if (!sent && sent.error().code == ErrorCode::kInternal) {
    (void)send(jsonrpc::make_error(request, {jsonrpc::kInternalError, kNotJson, {}}), request);
  }
  if (modern_http_ && alive()) end(Error{ErrorCode::kUnavailable, "the request was answered", {}});
}

Result<void> Peer::send(Bytes text, std::optional<Id> related, int http_status) {
  auto message = Message::parse(std::move(text));
  if (!message) {
    log::error("a message of ours is malformed", {{"session", id_}, {"reason", message.error().message}});
    return fail(ErrorCode::kInternal, "malformed message: " + message.error().message);
  }
  return hand_over(std::move(*message), std::move(related), http_status);
}

Result<void> Peer::hand_over(Message message, std::optional<Id> related, int http_status) {
  if (!alive()) return fail(ErrorCode::kUnavailable, "the client is gone");
  auto sent = channel_->send(Envelope{std::move(message), std::move(related), {}, http_status});
  if (!sent)
    log::warn("a message to the client was dropped", {{"session", id_}, {"reason", sent.error().message}});
  return sent;
}

SessionPtr serve(async::Loop& loop, transport::ChannelPtr channel, std::shared_ptr<Backend> backend,
                 SessionOptions options) {
  auto peer = std::make_shared<Peer>(loop, std::move(channel), std::move(backend), std::move(options));
  peer->start();
  return peer;
}

}  // namespace mcp::server
