#include "internal/transport/modern_request.h"

#include "internal/transport/http_answer.h"

namespace mcp::transport {

ModernRequest::ModernRequest(std::shared_ptr<EndpointContext> context, http::ExchangePtr exchange,
                             jsonrpc::Message request, std::shared_ptr<const protocol::ClientView> client,
                             std::function<void(ModernRequest*)> on_over)
    : context_(std::move(context)),
      waiting_(std::move(exchange)),
      request_(std::make_unique<jsonrpc::Message>(std::move(request))),
      client_(std::move(client)),
      id_(*request_->id),
      on_over_(std::move(on_over)),
      since_(Clock::now()),
      is_call_(request_->method != "subscriptions/listen") {
  if (is_call_) context_->begin_call();
}

void ModernRequest::begin() {
  begun_ = true;
  if (over_) return;
  waiting_->on_disconnect([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->gone();
  });
  if (started_) deliver();
}

void ModernRequest::start(std::weak_ptr<Listener> listener) {
  listener_ = std::move(listener);
  started_ = true;
  if (!begun_) return;
  context_->loop.post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->deliver();
  });
}

void ModernRequest::deliver() {
  if (over_ || !request_) return;
  auto self = shared_from_this();
  Envelope envelope;
  envelope.message = std::move(*std::exchange(request_, nullptr));
  envelope.client = std::move(client_);
  envelope.headers = waiting_->request().head.headers;
  if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
}

Result<void> ModernRequest::send(Envelope envelope) {
  if (over_) return fail(ErrorCode::kUnavailable, "the request is over");
  if (envelope.message.is_response()) return respond(envelope);
  if (envelope.message.is_request()) {
    return fail(ErrorCode::kUnsupported, "a server cannot ask over 2026-07-28", "answer with input_required");
  }
  if (!context_->options.streams) return {};  // the answer comes, what is told before it does not
  if (envelope.related != id_) return fail(ErrorCode::kUnsupported, "there is no stream for this message");
  if (!stream_) open_stream();
  stream_->send_notification(envelope.message);
  return {};
}

Result<void> ModernRequest::respond(const Envelope& envelope) {
  const jsonrpc::Message& message = envelope.message;
  if (message.id && *message.id != id_)
    return fail(ErrorCode::kNotFound, "no request with this id is running");
  auto self = shared_from_this();
  auto exchange = std::exchange(waiting_, nullptr);
  finish();
  if (stream_) {
    stream_->send(message.bytes, true);
    return {};
  }
  bool is_error = message.kind == jsonrpc::Kind::kError && envelope.http_status != 0;
  exchange->respond(json_answer(is_error ? envelope.http_status : 200, message.bytes));
  return {};
}

void ModernRequest::open_stream() {
  const HttpEndpointOptions& options = context_->options;
  stream_ = std::make_shared<EventStream>(0, nullptr);
  stream_->connect(std::exchange(waiting_, nullptr),
                   event_stream_headers(options.heartbeat, is_call_ ? async::Millis{0} : options.max_stream));
}

void ModernRequest::sweep(Clock::time_point now) {
  if (over_) return;
  const HttpEndpointOptions& options = context_->options;
  if (!stream_ && options.streams && now - since_ >= options.heartbeat) open_stream();
  if (stream_) stream_->heartbeat(now, options.heartbeat);
  bool too_old = options.max_stream.count() > 0 && now - since_ >= options.max_stream;
  if (!too_old || is_call_) return;  // a call ends by its own time limit
  context_->note_ended("max_stream");
  ending();
}

void ModernRequest::gone() {
  if (!finish()) return;
  auto self = shared_from_this();
  Error why{ErrorCode::kCancelled, "the client closed the connection", ""};
  if (auto listener = listener_.lock()) listener->on_stream_closed(id_, ClosedBy::kPeer, why);
  if (auto listener = listener_.lock()) listener->on_closed(why);
}

void ModernRequest::close() {
  if (!finish()) return;
  auto exchange = std::exchange(waiting_, nullptr);
  if (exchange) exchange->respond(given_up(id_));
  if (stream_) stream_->disconnect();
}

void ModernRequest::ending() {
  if (over_ || is_call_) return;
  auto self = shared_from_this();
  if (auto listener = listener_.lock()) listener->on_ending();
}

void ModernRequest::end(Error why) {
  if (over_) return;
  auto self = shared_from_this();
  close();
  if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
}

bool ModernRequest::finish() {
  if (std::exchange(over_, true)) return false;
  if (is_call_) --context_->in_flight;
  auto tell = std::move(on_over_);
  on_over_ = nullptr;
  if (tell) tell(this);
  return true;
}

}  // namespace mcp::transport
