#include "internal/transport/event_stream.h"

#include "internal/http/sse.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kBehind = 1 << 20;  // bytes unread; the stream is cut at four times as much

bool is_dispensable(const std::string& method) {
  return method == "notifications/message" || method == "notifications/progress";
}

}  // namespace

void EventStream::connect(http::ExchangePtr exchange, http::Headers headers) {
  disconnect();
  exchange_ = std::move(exchange);
  connected_at_ = last_write_ = Clock::now();
  exchange_->open_stream(200, std::move(headers));
  if (ring_ == nullptr) return;
  const http::Exchange* which = exchange_.get();
  exchange_->on_disconnect([weak = weak_from_this(), which] {
    if (auto self = weak.lock()) self->lost(which);
  });
}

void EventStream::prime(async::Millis retry) {
  EventId id{number_, ++sent_};
  write(Bytes::adopt("id: " + id.text() + "\nretry: " + std::to_string(retry.count()) + "\ndata: \n\n"));
}

void EventStream::replay(std::uint64_t number) {
  if (ring_ == nullptr) return;
  for (ReplayRing::Entry& entry : ring_->after({number_, number})) write(std::move(entry.event));
}

void EventStream::send(const Rope& message, bool last, std::optional<jsonrpc::Id> answers) {
  EventId id{number_, ++sent_};
  std::optional<std::string> name;
  if (ring_ != nullptr) name = id.text();
  Rope event = http::frame_sse(name, message);
  if (ring_ != nullptr) ring_->add(id, event, std::move(answers));
  write(std::move(event));
  if (last) disconnect();
}

void EventStream::send_notification(const jsonrpc::Message& message) {
  if (exchange_ && exchange_->unsent() > kBehind && is_dispensable(message.method)) return;
  send(message.bytes, false);
}

void EventStream::heartbeat(Clock::time_point now, async::Millis interval) {
  if (exchange_ && now - last_write_ >= interval) write(Bytes::adopt(http::encode_sse_comment("")));
}

// A client that has no event's id could not say what it wants the rest of; the general stream (0) needs none.
bool EventStream::limit_age(Clock::time_point now, async::Millis age) {
  bool may_return = ring_ != nullptr && (sent_ > 0 || number_ == 0);
  bool too_old = exchange_ && may_return && age.count() > 0 && now - connected_at_ >= age;
  if (too_old) disconnect();
  return too_old;
}

void EventStream::disconnect() {
  auto exchange = std::exchange(exchange_, nullptr);
  if (exchange) exchange->end();
}

void EventStream::write(Rope chunk) {
  if (!exchange_) return;
  last_write_ = Clock::now();
  auto written = exchange_->write(std::move(chunk));
  if (!written && ring_ != nullptr) exchange_ = nullptr;
}

void EventStream::lost(const http::Exchange* which) {
  if (exchange_.get() != which) return;
  exchange_ = nullptr;
  // A copy: it may be the end of us.
  auto tell = on_lost_;
  if (tell) tell();
}

}  // namespace mcp::transport
