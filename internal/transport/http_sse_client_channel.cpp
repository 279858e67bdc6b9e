#include "internal/transport/http_sse_client_channel.h"

#include <deque>
#include <set>

#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/http/sse.h"
#include "internal/protocol/headers.h"
#include "internal/transport/authorized_send.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/client_answer.h"
#include "internal/transport/endpoint_uri.h"
#include "internal/transport/large_message.h"
#include "internal/transport/media_type.h"
#include "internal/transport/oversized.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;  // of the answer to a POST
constexpr std::size_t kMaxRunning = 4096;  // messages under way, or waiting for the endpoint

// One coroutine reads the stream, one a message POSTs it.
class SseClientCore final : public Channel, public std::enable_shared_from_this<SseClientCore> {
 public:
  SseClientCore(async::Loop& loop, std::shared_ptr<http::Client> client, HttpClientOptions options)
      : loop_(loop), client_(std::move(client)), options_(std::move(options)), endpoint_timer_(loop) {}

  void start(std::weak_ptr<Listener> listener) override;
  Result<void> send(Envelope envelope) override;
  void negotiated(protocol::Revision revision) override { revision_ = revision; }
  void close() override;

 private:
  using Self = std::shared_ptr<SseClientCore>;
  // One HTTP request, and what it takes to end it from outside.
  struct Running {
    void give_up() {
      cancel.cancel();
      if (response) response->abort();
    }
    http::CancelToken cancel;
    http::ClientResponsePtr response;
  };
  using RunningPtr = std::shared_ptr<Running>;

  static Task<void> listen(Self self, RunningPtr running);
  static Task<Error> read_events(Self self, RunningPtr running);
  static Task<void> post(Self self, RunningPtr running, jsonrpc::Message message);
  static Task<void> take_refusal(Self self, RunningPtr running, jsonrpc::Message message);
  static Task<Result<http::ClientResponsePtr>> exchange(Self self, RunningPtr running,
                                                        http::ClientRequest request,
                                                        std::optional<jsonrpc::Id> related);

  // The message in it, or nothing.
  Result<Bytes> take_event(http::SseEvent& event);
  Result<void> take_endpoint(std::string_view reference);
  // message: what `text` was read as.
  void deliver(Bytes text, Result<jsonrpc::Message> message);
  void pump();
  void failed(const jsonrpc::Message& message, ClosedBy by, Error why);
  void end(Error why);
  void finish();

  async::Loop& loop_;
  std::shared_ptr<http::Client> client_;
  HttpClientOptions options_;
  std::weak_ptr<Listener> listener_;
  async::Timer endpoint_timer_;
  std::optional<http::Url> endpoint_;
  std::optional<protocol::Revision> revision_;
  std::deque<jsonrpc::Message> queue_;
  std::set<RunningPtr> running_;
  bool blocked_ = false;  // `initialized` is under way: nothing may overtake it
  bool pumping_ = false;  // a pump is posted
  bool over_ = false;
};

void SseClientCore::start(std::weak_ptr<Listener> listener) {
  listener_ = std::move(listener);
  auto running = std::make_shared<Running>();
  running_.insert(running);
  endpoint_timer_.start(options_.endpoint_deadline, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    std::string patience = std::to_string(self->options_.endpoint_deadline.count());
    self->end(Error{ErrorCode::kTimeout, "no endpoint event came within " + patience + " ms",
                    "is the address that of an HTTP+SSE stream?"});
  });
  loop_.spawn(listen(shared_from_this(), running));
}

Result<void> SseClientCore::send(Envelope envelope) {
  if (over_) return fail(ErrorCode::kUnavailable, "the connection is closed");
  if (running_.size() + queue_.size() >= kMaxRunning) {
    return fail(ErrorCode::kLimit, std::to_string(kMaxRunning) + " messages to the server are under way");
  }
  queue_.push_back(std::move(envelope.message));
  if (std::exchange(pumping_, true)) return {};
  loop_.post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->pumping_ = false;
    self->pump();
  });
  return {};
}

void SseClientCore::pump() {
  while (!over_ && endpoint_ && !blocked_ && !queue_.empty()) {
    jsonrpc::Message message = std::move(queue_.front());
    queue_.pop_front();
    blocked_ = message.method == "notifications/initialized";
    auto running = std::make_shared<Running>();
    running_.insert(running);
    loop_.spawn(post(shared_from_this(), running, std::move(message)));
  }
}

Task<Result<http::ClientResponsePtr>> SseClientCore::exchange(Self self, RunningPtr running,
                                                              http::ClientRequest request,
                                                              std::optional<jsonrpc::Id> related) {
  ResponseSeen seen = [self, running, related](const http::ClientResponsePtr& response) {
    if (self->over_) return false;
    running->response = response;
    Fact fact;
    fact.related = related;
    fact.status = response->status();
    fact.headers = &response->headers();
    if (auto listener = self->listener_.lock()) listener->on_fact(fact);
    return !self->over_;
  };
  auto sending = send_authorized(self->client_, self->options_.credentials, std::move(request),
                                 running->cancel, std::move(seen));
  auto response = co_await std::move(sending);
  co_return response;
}

Task<void> SseClientCore::listen(Self self, RunningPtr running) {
  http::ClientRequest get;
  get.url = self->options_.url;
  get.headers = self->options_.headers;
  get.headers.set("Accept", std::string(kEventStreamType));
  std::optional<jsonrpc::Id> none;
  auto opening = exchange(self, running, std::move(get), none);
  auto response = co_await std::move(opening);
  if (!response) {
    self->end(std::move(response.error()));
  } else if ((*response)->status() != 200) {
    self->end(http_failure((*response)->status(), (*response)->headers()));
  } else if (!names_type((*response)->headers().get("Content-Type"), kEventStreamType)) {
    self->end(Error{ErrorCode::kProtocol, "the server's answer to GET is no event stream", ""});
  } else {
    Error why = co_await read_events(self, running);
    self->end(std::move(why));
  }
}

Task<Error> SseClientCore::read_events(Self self, RunningPtr running) {
  http::ClientResponsePtr response = running->response;
  http::SseDecoder decoder(self->options_.max_message_bytes);
  for (;;) {
    auto part = co_await response->read_some();
    if (!part) co_return std::move(part.error());
    if (part->empty()) co_return Error{ErrorCode::kUnavailable, "the server closed the stream", ""};
    decoder.feed(part->view());
    while (!self->over_) {
      auto event = decoder.next();
      if (!event) co_return name_oversized(std::move(event.error()));
      if (!*event) break;
      auto text = self->take_event(**event);
      if (!text) co_return std::move(text.error());
      if (text->empty()) continue;
      if (!is_large(*text)) {
        self->deliver(*text, jsonrpc::Message::parse(*text));
        continue;
      }
      auto reading = read_message(self->loop_, *text);
      auto message = co_await std::move(reading);
      self->deliver(*text, std::move(message));
    }
    if (self->over_) co_return Error{ErrorCode::kCancelled, "given up", ""};
  }
}

Result<Bytes> SseClientCore::take_event(http::SseEvent& event) {
  if (event.event == "endpoint") {
    MCP_TRY(take_endpoint(event.data.view()));
    return Bytes();
  }
  bool is_message = event.event.empty() || event.event == "message";
  return is_message ? std::move(event.data) : Bytes();
}

Result<void> SseClientCore::take_endpoint(std::string_view reference) {
  if (endpoint_) return {};  // one session, one address
  MCP_ASSIGN(endpoint_, endpoint_uri(options_.url, reference));
  endpoint_timer_.cancel();
  if (auto listener = listener_.lock()) listener->on_stream_opened(std::nullopt);
  pump();
  return {};
}

void SseClientCore::deliver(Bytes text, Result<jsonrpc::Message> message) {
  auto listener = listener_.lock();
  if (!listener || over_) return;
  if (!message) return listener->on_undecodable(std::move(text), std::move(message.error()));
  Envelope envelope;
  envelope.message = std::move(*message);
  listener->on_message(std::move(envelope));
}

Task<void> SseClientCore::post(Self self, RunningPtr running, jsonrpc::Message message) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = *self->endpoint_;
  request.headers = self->options_.headers;
  request.headers.set("Content-Type", std::string(kJsonType));
  if (self->revision_)
    request.headers.set(protocol::kVersionHeader, std::string(to_string(*self->revision_)));
  request.body = message.bytes;
  std::optional<jsonrpc::Id> related;
  if (message.is_request()) related = message.id;
  auto sending = exchange(self, running, std::move(request), related);
  auto response = co_await std::move(sending);
  if (!response) {
    self->failed(message, ClosedBy::kFault, std::move(response.error()));
  } else if ((*response)->status() >= 300) {
    co_await take_refusal(self, running, message);
  } else {
    auto ignored = co_await (*response)->read_all(kMaxBody);
    (void)ignored;
  }
  self->running_.erase(running);
  if (message.method == "notifications/initialized") self->blocked_ = false;
  self->pump();
}

Task<void> SseClientCore::take_refusal(Self self, RunningPtr running, jsonrpc::Message message) {
  int status = running->response->status();
  Error why = http_failure(status, running->response->headers());
  auto body = co_await running->response->read_all(kMaxBody);
  auto answer =
      body && message.is_request() && status != 401 ? error_answer(*body, *message.id) : std::nullopt;
  if (status == 404) {
    self->end(Error{ErrorCode::kNotFound, "the server no longer knows the session", ""});
  } else if (answer) {
    self->deliver(answer->bytes, jsonrpc::Message::parse(answer->bytes));
  } else {
    self->failed(message, ClosedBy::kPeer, std::move(why));
  }
}

void SseClientCore::failed(const jsonrpc::Message& message, ClosedBy by, Error why) {
  if (over_) return;
  if (!message.is_request()) {
    return log::warn("a message could not be sent", {{"method", message.method}, {"error", why.message}});
  }
  if (auto listener = listener_.lock()) listener->on_stream_closed(message.id, by, std::move(why));
}

void SseClientCore::close() {
  if (!over_) finish();
}

void SseClientCore::end(Error why) {
  if (over_) return;
  auto self = shared_from_this();
  finish();
  if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
}

void SseClientCore::finish() {
  over_ = true;
  endpoint_timer_.cancel();
  queue_.clear();
  for (const RunningPtr& running : std::exchange(running_, {})) running->give_up();
}

}  // namespace

ChannelPtr make_http_sse_client_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                        HttpClientOptions options) {
  return make_handle(std::make_shared<SseClientCore>(loop, std::move(client), std::move(options)));
}

}  // namespace mcp::transport
