#include "internal/transport/legacy_session.h"

#include "internal/base/log.h"
#include "internal/protocol/cancelled.h"
#include "internal/protocol/headers.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/trace_fields.h"

namespace mcp::transport {
namespace {

// Messages that wait for the owner's start().
constexpr std::size_t kMaxPending = 256;
constexpr int kBusy = 503;

}  // namespace

LegacySession::LegacySession(std::shared_ptr<EndpointContext> context, std::string id, std::string principal,
                             std::string route, std::function<void(const std::string&)> on_over)
    : context_(std::move(context)),
      id_(std::move(id)),
      principal_(std::move(principal)),
      route_(std::move(route)),
      on_over_(std::move(on_over)),
      streams_(context_->options, context_->replay_room),
      liveness_(Clock::now()) {}

void LegacySession::receive(http::ExchangePtr exchange, jsonrpc::Message message) {
  if (!message.is_request()) {
    exchange->respond(accepted());
    deliver(std::move(message));
    return;
  }
  if (auto refused = refuse(message)) return exchange->respond(std::move(*refused));
  http::Headers trace = trace_fields(exchange->request().head.headers);
  auto answer = std::make_shared<PostAnswer>();
  answer->waiting = std::move(exchange);
  if (!revision_ && message.method == "initialize" && initialize_id_.empty()) {
    initialize_id_ = message.id->raw();
    answer->session_header = id_;
  }
  watch(answer);
  begin(*message.id, std::move(answer));
  deliver(std::move(message), std::move(trace));
}

std::optional<http::Response> LegacySession::refuse(const jsonrpc::Message& request) const {
  if (running_.contains(request.id->raw())) {
    return refusal(400, jsonrpc::kInvalidRequest, "a request with this id is still running", request.id);
  }
  std::size_t limit = context_->options.max_client_requests;
  if (running_.size() < limit) return std::nullopt;
  context_->note_refused("max_in_flight_per_client");
  return too_many_running(limit, request.id);
}

void LegacySession::begin(const jsonrpc::Id& id, AnswerPtr answer) {
  answer->since = Clock::now();
  running_.emplace(id.raw(), std::move(answer));
  context_->begin_call();
}

bool LegacySession::takes_batches() const {
  return context_->options.accept_batches && revision_ == protocol::Revision::k2025_03_26;
}

// 2025-03-26 transports: a batch of notifications and responses is 202, one with requests gets their answers
// in one array, or one stream.
void LegacySession::receive_batch(http::ExchangePtr exchange, std::vector<BatchMember> members) {
  auto answer = std::make_shared<PostAnswer>();
  answer->is_batch = true;
  BatchReading read = read_batch(std::move(members), [this](const jsonrpc::Id& id) {
    return running_.contains(id.raw()) || running_.size() >= context_->options.max_client_requests;
  });
  answer->answers = std::move(read.errors);
  answer->unanswered = read.requests.size();
  for (const jsonrpc::Id& id : read.requests) begin(id, answer);
  if (answer->unanswered > 0) {
    answer->waiting = std::move(exchange);
    watch(answer);
  } else {
    exchange->respond(answer->answers.empty() ? accepted() : json_answer(200, json_array(answer->answers)));
  }
  for (jsonrpc::Message& message : read.messages) deliver(std::move(message));
}

void LegacySession::deliver(jsonrpc::Message message, http::Headers trace) {
  if (over_) return;
  liveness_.heard(Clock::now());
  came_back_ = came_back_ || initialize_id_.empty();
  if (liveness_.is_answer(message)) return;
  if (!started_ || !pending_.empty()) {
    if (pending_.size() < kMaxPending) pending_.push_back(std::move(message));
    return;
  }
  auto withdrawn = protocol::cancelled_request(message);
  Envelope envelope;
  envelope.message = std::move(message);
  envelope.headers = std::move(trace);
  if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
  if (withdrawn && !over_) cancel(*withdrawn);
}

void LegacySession::start(std::weak_ptr<Listener> listener) {
  listener_ = std::move(listener);
  started_ = true;
  if (pending_.empty()) return;
  context_->loop.post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->hand_out_pending();
  });
}

void LegacySession::hand_out_pending() {
  for (jsonrpc::Message& message : std::exchange(pending_, {})) deliver(std::move(message));
}

// A cancelled request gets no response (2025-11-25 cancellation): its HTTP answer ends without one.
void LegacySession::cancel(const jsonrpc::Id& id) {
  if (id.raw() == initialize_id_) return;
  auto entry = running_.find(id.raw());
  if (entry == running_.end()) return;
  AnswerPtr answer = std::move(entry->second);
  running_.erase(entry);
  --context_->in_flight;
  if (--answer->unanswered > 0) return;
  if (!answer->answers.empty() && answer->waiting) {
    answer->waiting->respond(json_answer(200, json_array(answer->answers)));
  } else if (answer->waiting) {
    answer->waiting->respond(accepted());
  }
  if (answer->stream) answer->stream->disconnect();
}

void LegacySession::watch(const AnswerPtr& answer) {
  if (!context_->options.abort_on_disconnect) return;
  answer->waiting->on_disconnect(leaving(answer));
}

// 2025-11-25 transports: a disconnect SHOULD NOT be taken for a cancellation; abort_on_disconnect does.
std::function<void()> LegacySession::leaving(const AnswerPtr& answer) {
  return [weak = weak_from_this(), gone = std::weak_ptr<PostAnswer>(answer)] {
    auto self = weak.lock();
    auto left = gone.lock();
    if (self && left) self->abort(left);
  };
}

// Everything that this connection asked for, as if its client had cancelled it.
void LegacySession::abort(const AnswerPtr& answer) {
  std::vector<jsonrpc::Id> ids;
  for (const auto& [raw, running] : running_) {
    if (running != answer || raw == initialize_id_) continue;
    if (auto id = jsonrpc::Id::parse(raw)) ids.push_back(std::move(*id));
  }
  for (const jsonrpc::Id& id : ids) {
    Envelope envelope;
    envelope.message = jsonrpc::own_message(jsonrpc::make_notification(
        "notifications/cancelled", "{\"requestId\":" + id.raw() + ",\"reason\":\"disconnected\"}"));
    auto listener = listener_.lock();
    if (listener && started_) listener->on_message(std::move(envelope));
    if (over_) return;
    cancel(id);
  }
}

Result<void> LegacySession::send(Envelope envelope) {
  if (over_) return fail(ErrorCode::kUnavailable, "the session is over");
  if (!context_->options.streams && !envelope.message.is_response()) {
    // A question must not wait for ever; what is only told may be missed.
    return envelope.message.is_request() ? fail(ErrorCode::kUnsupported, no_streams()) : Result<void>();
  }
  return envelope.message.is_response() ? respond(envelope) : notify(envelope);
}

Result<void> LegacySession::respond(const Envelope& envelope) {
  const jsonrpc::Message& message = envelope.message;
  auto entry = message.id ? running_.find(message.id->raw()) : running_.end();
  if (entry == running_.end()) return fail(ErrorCode::kNotFound, "no request with this id is running");
  AnswerPtr post = std::move(entry->second);
  running_.erase(entry);
  --context_->in_flight;
  liveness_.served(Clock::now());
  bool initialize = !initialize_id_.empty() && message.id->raw() == initialize_id_;
  bool refused = initialize && message.kind == jsonrpc::Kind::kError;
  if (initialize) initialize_id_.clear();
  if (refused) post->session_header.clear();
  --post->unanswered;
  answer(*post, message, envelope.http_status);
  // Without a handshake there is no session: nobody learnt its id.
  if (refused) {
    context_->loop.post([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->end(Error{ErrorCode::kProtocol, "initialize was refused", ""});
    });
  }
  return {};
}

void LegacySession::answer(PostAnswer& answer, const jsonrpc::Message& message, int http_status) {
  bool last = answer.unanswered == 0;
  if (answer.stream) return answer.stream->send(message.bytes, last, message.id);
  if (answer.is_batch) answer.answers.push_back(message.bytes);
  if (!last || !answer.waiting) return;
  // The sessions' eras know no status but for a server that is too busy.
  int status = http_status == kBusy && !answer.is_batch ? kBusy : 200;
  http::Response response =
      json_answer(status, answer.is_batch ? Rope(json_array(answer.answers)) : message.bytes);
  if (!answer.session_header.empty()) {
    response.headers.add(std::string(protocol::kSessionHeader), answer.session_header);
  }
  auto exchange = std::move(answer.waiting);
  exchange->respond(std::move(response));
}

// On the stream of the request it belongs to; what has no request, or whose request's stream cannot be
// reached any more because the client left before it learnt an event id, goes to the general stream.
Result<void> LegacySession::notify(const Envelope& envelope) {
  auto entry = envelope.related ? running_.find(envelope.related->raw()) : running_.end();
  if (entry == running_.end() || !open_stream(entry->second)) {
    return streams_.send_general(envelope.message);
  }
  entry->second->stream->send_notification(envelope.message);
  return {};
}

bool LegacySession::open_stream(const AnswerPtr& answer) {
  if (answer->stream) return true;
  if (!context_->options.streams || !answer->waiting || answer->waiting->disconnected()) return false;
  http::Headers headers;
  if (!answer->session_header.empty())
    headers.add(std::string(protocol::kSessionHeader), answer->session_header);
  answer->stream = streams_.open_post(std::exchange(answer->waiting, nullptr), std::move(headers));
  if (context_->options.abort_on_disconnect) answer->stream->on_lost(leaving(answer));
  for (const Bytes& early : std::exchange(answer->answers, {})) answer->stream->send(early, false);
  return true;
}

void LegacySession::negotiated(protocol::Revision revision) {
  revision_ = revision;
  streams_.set_priming(revision >= protocol::Revision::k2025_11_25);
}

void LegacySession::close_stream(const jsonrpc::Id& request) {
  auto entry = running_.find(request.raw());
  if (entry == running_.end() || !streams_.priming() || !open_stream(entry->second)) return;
  entry->second->stream->disconnect();
}

void LegacySession::open_get(http::ExchangePtr exchange) {
  liveness_.heard(Clock::now());
  came_back_ = true;
  const http::Headers& headers = exchange->request().head.headers;
  if (!headers.has("Last-Event-ID")) return streams_.open_general(std::move(exchange));
  std::string last_event_id(headers.get("Last-Event-ID"));
  streams_.resume(std::move(exchange), last_event_id);
}

void LegacySession::sweep(Clock::time_point now) {
  auto patience = context_->options.promote_to_sse;
  for (const auto& [id, answer] : running_) {
    if (answer->waiting && now - answer->since >= patience) open_stream(answer);
  }
  streams_.sweep(now);
  look_after_client(now);
}

EventStream* LegacySession::any_stream() const {
  if (streams_.general().connected()) return &streams_.general();
  for (const auto& [id, answer] : running_) {
    if (answer->stream && answer->stream->connected()) return answer->stream.get();
  }
  return nullptr;
}

void LegacySession::look_after_client(Clock::time_point now) {
  const HttpEndpointOptions& options = context_->options;
  // A client that never comes back after initialize holds a place that others need.
  auto patience = came_back_ ? options.session_idle : std::min(options.session_idle, options.handshake_idle);
  EventStream* stream = any_stream();
  switch (liveness_.look(now, patience, options.answer_grace, stream != nullptr)) {
    case Liveness::Verdict::kFine: return;
    case Liveness::Verdict::kAsk: return stream->send(liveness_.question().bytes, false);
    case Liveness::Verdict::kGone: break;
  }
  context_->note_ended(came_back_ ? "session_idle" : "handshake_idle");
  end(Error{ErrorCode::kTimeout, "the session was idle for too long", ""});
}

void LegacySession::end(Error why) {
  if (over_) return;
  auto self = shared_from_this();
  finish();
  if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
}

void LegacySession::finish() {
  over_ = true;
  for (auto& [id, answer] : running_) drop(*answer);
  context_->in_flight -= running_.size();
  running_.clear();
  pending_.clear();
  streams_.close();
  auto tell = std::move(on_over_);
  on_over_ = nullptr;
  if (tell) tell(id_);
}

void LegacySession::drop(PostAnswer& answer) {
  auto exchange = std::exchange(answer.waiting, nullptr);
  if (exchange) exchange->respond(session_ended());
  if (answer.stream) answer.stream->disconnect();
}

}  // namespace mcp::transport
