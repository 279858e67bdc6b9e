#include "internal/transport/sse_session.h"

#include "internal/http/sse.h"
#include "internal/protocol/cancelled.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/trace_fields.h"

namespace mcp::transport {
namespace {

// Messages that wait for the owner's start().
constexpr std::size_t kMaxPending = 256;

}  // namespace

SseSession::SseSession(std::shared_ptr<EndpointContext> context, std::string id, std::string principal,
                       std::string route, std::function<void(const std::string&)> on_over)
    : context_(std::move(context)),
      id_(std::move(id)),
      principal_(std::move(principal)),
      route_(std::move(route)),
      on_over_(std::move(on_over)),
      liveness_(Clock::now()) {}

void SseSession::open(http::ExchangePtr exchange, const std::string& messages_uri) {
  stream_ = std::move(exchange);
  // The stream is the session: its age has no limit.
  stream_->open_stream(200, event_stream_headers(context_->options.heartbeat, async::Millis{0}));
  stream_->on_disconnect([weak = weak_from_this()] {
    if (auto self = weak.lock())
      self->end(Error{ErrorCode::kUnavailable, "the client closed its stream", ""});
  });
  (void)write("endpoint", Bytes::copy(messages_uri));
}

Result<void> SseSession::write(std::string_view event, const Rope& data) {
  if (!stream_) return fail(ErrorCode::kUnavailable, "the session has no stream yet");
  last_write_ = Clock::now();
  // A stream that is cut here says so by on_disconnect.
  return stream_->write(http::frame_sse({}, data, event));
}

void SseSession::receive(http::ExchangePtr exchange, jsonrpc::Message message) {
  liveness_.heard(Clock::now());
  spoke_ = true;
  if (message.is_request()) {
    if (auto refused = refuse(message)) return exchange->respond(std::move(*refused));
    running_.insert(message.id->raw());
    context_->begin_call();
  }
  http::Headers trace = trace_fields(exchange->request().head.headers);
  exchange->respond(accepted());
  if (!liveness_.is_answer(message)) deliver(std::move(message), std::move(trace));
}

std::optional<http::Response> SseSession::refuse(const jsonrpc::Message& request) const {
  if (running_.contains(request.id->raw())) {
    return refusal(400, jsonrpc::kInvalidRequest, "a request with this id is still running", request.id);
  }
  std::size_t limit = context_->options.max_client_requests;
  if (running_.size() < limit) return std::nullopt;
  context_->note_refused("max_in_flight_per_client");
  return too_many_running(limit, request.id);
}

void SseSession::start(std::weak_ptr<Listener> listener) {
  listener_ = std::move(listener);
  started_ = true;
  context_->loop.post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    for (jsonrpc::Message& message : std::exchange(self->pending_, {})) self->deliver(std::move(message));
  });
}

void SseSession::deliver(jsonrpc::Message message, http::Headers trace) {
  if (over_) return;
  if (!started_ || !pending_.empty()) {
    if (pending_.size() < kMaxPending) pending_.push_back(std::move(message));
    return;
  }
  auto self = shared_from_this();
  auto withdrawn = protocol::cancelled_request(message);
  Envelope envelope;
  envelope.message = std::move(message);
  envelope.headers = std::move(trace);
  if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
  // A cancelled request gets no response (2025-11-25 cancellation), so it is over here.
  if (withdrawn) (void)finish_call(*withdrawn);
}

bool SseSession::finish_call(const jsonrpc::Id& request) {
  if (running_.erase(request.raw()) == 0) return false;
  --context_->in_flight;
  return true;
}

Result<void> SseSession::send(Envelope envelope) {
  if (over_) return fail(ErrorCode::kUnavailable, "the session is over");
  const jsonrpc::Message& message = envelope.message;
  if (message.is_response()) {
    // An error without an id answers no request that anybody counts.
    if (message.id && !finish_call(*message.id))
      return fail(ErrorCode::kNotFound, "no request with this id is running");
    liveness_.served(Clock::now());
  }
  return write("message", message.bytes);
}

void SseSession::sweep(Clock::time_point now) {
  if (!stream_) return;
  const HttpEndpointOptions& options = context_->options;
  if (now - last_write_ >= options.heartbeat) {
    last_write_ = now;
    (void)stream_->write(Bytes::adopt(http::encode_sse_comment("")));
  }
  // A client that never speaks after opening its stream holds a place that others need.
  auto patience = spoke_ ? options.session_idle : std::min(options.session_idle, options.handshake_idle);
  switch (liveness_.look(now, patience, options.answer_grace, spoke_)) {
    case Liveness::Verdict::kFine: return;
    case Liveness::Verdict::kAsk: (void)write("message", liveness_.question().bytes); return;
    case Liveness::Verdict::kGone: break;
  }
  context_->note_ended(spoke_ ? "session_idle" : "handshake_idle");
  end(Error{ErrorCode::kTimeout, "the session was idle for too long", ""});
}

void SseSession::close() {
  if (!over_) finish();
}

void SseSession::end(Error why) {
  if (over_) return;
  auto self = shared_from_this();
  finish();
  if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
}

void SseSession::finish() {
  over_ = true;
  context_->in_flight -= running_.size();
  running_.clear();
  pending_.clear();
  if (auto stream = std::exchange(stream_, nullptr)) stream->end();
  auto tell = std::move(on_over_);
  on_over_ = nullptr;
  if (tell) tell(id_);
}

}  // namespace mcp::transport
