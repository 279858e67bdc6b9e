#include "internal/transport/http_client_channel.h"

#include "internal/base/log.h"
#include "internal/json/scan.h"
#include "internal/protocol/headers.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/http_client_core.h"
#include "internal/transport/media_type.h"

namespace mcp::transport {

void HttpClientCore::Running::give_up() {
  given_up = true;
  cancel.cancel();
  stop.set(true);
  linger.cancel();
  if (response) response->abort();
}

HttpClientCore::HttpClientCore(async::Loop& loop, std::shared_ptr<http::Client> client,
                               HttpClientOptions options)
    : loop_(loop), client_(std::move(client)), options_(std::move(options)) {}

void HttpClientCore::start(std::weak_ptr<Listener> listener) { listener_ = std::move(listener); }

Result<void> HttpClientCore::send(Envelope envelope) {
  if (over_) return fail(ErrorCode::kUnavailable, "the connection is closed");
  if (running_.size() + queue_.size() >= kMaxRunning) {
    return fail(ErrorCode::kLimit, std::to_string(kMaxRunning) + " messages to the server are under way");
  }
  queue_.push_back(std::move(envelope));
  if (std::exchange(pumping_, true)) return {};
  loop_.post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->pumping_ = false;
    self->pump();
  });
  return {};
}

void HttpClientCore::pump() {
  while (!over_ && !blocked_ && !renewal_ && !queue_.empty()) {
    Envelope envelope = std::move(queue_.front());
    queue_.pop_front();
    blocked_ = is_legacy() && envelope.message.method == "notifications/initialized";
    if (is_legacy() && envelope.message.method == "initialize") hello_ = envelope.message;
    auto running = std::make_shared<Running>(loop_);
    running_.insert(running);
    if (envelope.message.is_request()) by_id_[envelope.message.id->raw()] = running;
    loop_.spawn(post(shared_from_this(), running, std::move(envelope)));
  }
}

void HttpClientCore::finished(const RunningPtr& running, const jsonrpc::Message& sent) {
  running_.erase(running);
  running->response = nullptr;
  if (sent.is_request()) {
    auto entry = by_id_.find(sent.id->raw());
    if (entry != by_id_.end() && entry->second.lock() == running) by_id_.erase(entry);
  }
  if (is_legacy() && sent.method == "notifications/cancelled") give_up_cancelled(sent);
  if (!is_legacy() || sent.method != "notifications/initialized") return;
  blocked_ = false;
  initialized_sent_ = true;
  begin_listening();
  pump();
}

// Nothing comes on a cancelled request's stream any more: to resume it would be to wait for ever.
void HttpClientCore::give_up_cancelled(const jsonrpc::Message& notification) {
  if (notification.params.empty()) return;
  auto params = json::scan_object(notification.params);
  if (!params) return;
  if (auto id = jsonrpc::Id::parse(params->get("requestId"))) give_up(*id);
}

void HttpClientCore::give_up(const jsonrpc::Id& request) {
  auto entry = by_id_.find(request.raw());
  auto running = entry == by_id_.end() ? nullptr : entry->second.lock();
  if (running) running->give_up();
}

void HttpClientCore::abandon(const jsonrpc::Id& request) {
  if (is_legacy()) return;
  std::erase_if(queue_, [&request](const Envelope& envelope) {
    return envelope.message.is_request() && envelope.message.id == request;
  });
  give_up(request);
}

void HttpClientCore::negotiated(protocol::Revision revision) {
  revision_ = revision;
  begin_listening();
}

void HttpClientCore::begin_listening() {
  if (over_ || listening_ || !is_legacy() || !revision_ || !initialized_sent_) return;
  listening_ = true;
  auto running = std::make_shared<Running>(loop_);
  running_.insert(running);
  listener_run_ = running;
  loop_.spawn(listen(shared_from_this(), running));
}

void HttpClientCore::close() {
  if (std::exchange(over_, true)) return;
  queue_.clear();
  Farewell words = farewell();
  for (const RunningPtr& running : std::exchange(running_, {})) running->give_up();
  if (words.cancellations.empty() && !words.end) return;
  loop_.spawn(say_goodbye(client_, options_.credentials, std::move(words)));
}

// 2025-11-25 transports: a connection that is closed cancels nothing, and not every server has sessions that
// could end; cancellation: never of initialize.
HttpClientCore::Farewell HttpClientCore::farewell() const {
  Farewell words;
  if (!is_legacy()) return words;
  for (const auto& [id, weak] : by_id_) {
    auto running = weak.lock();
    bool hello = hello_ && hello_->id->raw() == id;
    if (!running || running->given_up || hello) continue;
    auto notification = jsonrpc::make_notification("notifications/cancelled", "{\"requestId\":" + id + "}");
    words.cancellations.push_back(make_post(jsonrpc::own_message(std::move(notification))));
  }
  if (!session_.empty()) words.end = make_request("DELETE");
  return words;
}

void HttpClientCore::end(Error why) {
  if (std::exchange(over_, true)) return;
  queue_.clear();
  for (const RunningPtr& running : std::exchange(running_, {})) running->give_up();
  if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
}

// 2025-11-25 transports: a client that no longer needs its session SHOULD say so; what the server answers is
// its affair.
Task<void> HttpClientCore::say_goodbye(std::shared_ptr<http::Client> client,
                                       std::shared_ptr<CredentialSource> credentials, Farewell words) {
  for (http::ClientRequest& cancellation : words.cancellations) {
    auto saying = say(client, credentials, std::move(cancellation));
    bool said = co_await std::move(saying);
    if (!said) break;  // who does not hear one will not hear a thousand
  }
  if (!words.end) co_return;
  auto ending = say(client, credentials, std::move(*words.end));
  bool ended = co_await std::move(ending);
  log::debug("session ended", {{"told", ended ? "yes" : "no"}});
}

// False: it did not get there.
Task<bool> HttpClientCore::say(std::shared_ptr<http::Client> client,
                               std::shared_ptr<CredentialSource> credentials, http::ClientRequest request) {
  if (credentials) {
    auto value = co_await credentials->authorization();
    if (value && *value) request.headers.set("Authorization", **value);
  }
  http::CancelToken cancel;
  auto response = co_await client->send(std::move(request), cancel);
  co_return response.has_value();
}

http::ClientRequest HttpClientCore::make_request(std::string method) const {
  http::ClientRequest request;
  request.method = std::move(method);
  request.url = options_.url;
  request.headers = options_.headers;
  if (!session_.empty()) request.headers.set(protocol::kSessionHeader, session_);
  if (is_legacy() && revision_)
    request.headers.set(protocol::kVersionHeader, std::string(to_string(*revision_)));
  return request;
}

http::ClientRequest HttpClientCore::make_post(const jsonrpc::Message& message) const {
  http::ClientRequest request = make_request("POST");
  request.headers.set("Content-Type", std::string(kJsonType));
  request.headers.set("Accept", std::string(kJsonType) + ", " + std::string(kEventStreamType));
  // Without this field any coding is acceptable (RFC 9110 §12.5.3).
  request.headers.set("Accept-Encoding", "identity");
  request.body = message.bytes;
  // How long a server may think is its call_timeout, which the peer keeps.
  if (message.is_request()) request.header_deadline = async::Millis(0);
  return request;
}

http::ClientRequest HttpClientCore::make_get(const Cursor& cursor) const {
  http::ClientRequest request = make_request("GET");
  request.headers.set("Accept", std::string(kEventStreamType));
  if (!cursor.last_id.empty()) request.headers.set("Last-Event-ID", cursor.last_id);
  return request;
}

bool HttpClientCore::is_event_stream(const http::ClientResponse& response) const {
  return names_type(response.headers().get("Content-Type"), kEventStreamType);
}

void HttpClientCore::remember_session(const http::ClientResponse& response) {
  if (is_legacy() && session_.empty())
    session_ = std::string(response.headers().get(protocol::kSessionHeader));
}

void HttpClientCore::deliver(Bytes text, Result<jsonrpc::Message> message,
                             const std::optional<jsonrpc::Id>& related, bool* answered) {
  auto listener = listener_.lock();
  if (!listener || over_) return;
  if (!message) return listener->on_undecodable(std::move(text), std::move(message.error()));
  bool is_answer = answered != nullptr && message->is_response() && related && message->id == related;
  if (is_answer) {
    *answered = true;
    by_id_.erase(related->raw());  // nothing is left to be cancelled
  }
  // The handshake of a renewal is our own affair.
  if (is_answer && renewal_ && related == hello_->id) {
    renewal_->answer = std::move(*message);
    return;
  }
  Envelope envelope;
  envelope.message = std::move(*message);
  envelope.related = related;
  listener->on_message(std::move(envelope));
}

void HttpClientCore::stream_failed(const std::optional<jsonrpc::Id>& request, ClosedBy by, Error why) {
  if (over_) return;
  if (auto listener = listener_.lock()) listener->on_stream_closed(request, by, std::move(why));
}

ChannelPtr make_http_client_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                    HttpClientOptions options) {
  return make_handle(std::make_shared<HttpClientCore>(loop, std::move(client), std::move(options)));
}

}  // namespace mcp::transport
