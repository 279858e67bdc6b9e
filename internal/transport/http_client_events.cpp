// HttpClientCore, event streams: reading one, resuming one, listening to the session's own.
#include <algorithm>
#include <utility>

#include "internal/base/log.h"
#include "internal/http/sse.h"
#include "internal/transport/client_answer.h"
#include "internal/transport/http_client_core.h"
#include "internal/transport/large_message.h"
#include "internal/transport/oversized.h"

namespace mcp::transport {
namespace {

constexpr async::Millis kMaxRetry{30'000};
constexpr async::Millis kLeastPause{100};  // between two connections of a GET stream
constexpr async::Millis kLinger{1000};

// Of a request that had begun to be executed: to send it again could do it twice.
Error session_forgotten() {
  return {ErrorCode::kUnavailable, "the server has forgotten the session during the request", ""};
}

}  // namespace

Task<Error> HttpClientCore::read_events(Self self, RunningPtr running, CursorPtr cursor) {
  http::ClientResponsePtr response = running->response;
  http::SseDecoder decoder(self->options_.max_message_bytes);
  for (;;) {
    auto part = co_await response->read_some();
    if (!part) co_return std::move(part.error());
    if (part->empty()) co_return Error{ErrorCode::kUnavailable, "the server closed the stream", ""};
    decoder.feed(part->view());
    for (;;) {
      auto event = decoder.next();
      if (!event) {
        response->abort();
        co_return name_oversized(std::move(event.error()));
      }
      if (!*event || running->given_up) break;
      Bytes text = self->take_event(**event, *cursor);
      if (text.empty()) continue;
      if (!is_large(text)) {
        self->deliver(text, jsonrpc::Message::parse(text), cursor->request, &cursor->answered);
        continue;
      }
      auto reading = read_message(self->loop_, text);
      auto message = co_await std::move(reading);
      if (running->given_up) break;
      self->deliver(text, std::move(message), cursor->request, &cursor->answered);
    }
    if (running->given_up) co_return Error{ErrorCode::kCancelled, "given up", ""};
    if (cursor->answered && !running->linger.armed())
      running->linger.start(kLinger, [response] { response->abort(); });
  }
}

Bytes HttpClientCore::take_event(http::SseEvent& event, Cursor& cursor) {
  cursor.barren = 0;
  if (event.id) cursor.last_id = *event.id;
  // 2025-11-25 transports: the client MUST respect the `retry` field.
  if (event.retry_ms) cursor.retry = async::Millis(std::max<std::int64_t>(*event.retry_ms, 0));
  if (event.id || event.retry_ms) {
    Fact fact;
    fact.related = cursor.request;
    fact.sse_id = event.id.value_or("");
    fact.retry_ms = event.retry_ms;
    if (auto listener = listener_.lock()) listener->on_fact(fact);
  }
  bool is_message = event.event.empty() || event.event == "message";
  return is_message ? std::move(event.data) : Bytes();
}

Task<bool> HttpClientCore::wait_to_resume(Self self, RunningPtr running, CursorPtr cursor) {
  // What the server asked for is kept; nobody hurries it. A GET stream may end again and again.
  async::Millis asked = cursor->request ? cursor->retry : std::max(cursor->retry, kLeastPause);
  async::Millis delay = asked;
  // The first attempt comes when the server said; those after a failure less and less often.
  for (int i = 1; i < cursor->barren && delay < kMaxRetry; ++i) delay = std::max(delay, async::Millis(1)) * 2;
  delay = std::min(delay, std::max(kMaxRetry, asked));
  running->stop = async::Slot<bool>(self->loop_);
  auto stopped = co_await running->stop.get_within(asked);
  if (stopped || running->given_up) co_return false;
  if (delay == asked) co_return true;
  running->patient = true;
  auto woken = co_await running->stop.get_within(delay - asked);
  running->patient = false;
  (void)woken;
  co_return !running->given_up;
}

void HttpClientCore::server_lives() {
  auto listening = listener_run_.lock();
  if (listening && listening->patient) listening->stop.set(false);
}

// The answer to a POST as a stream. Cut before the response and named by an event id, it is resumed by GET
// (always GET, SEP-1699); without one, and in the modern era, it is lost.
Task<void> HttpClientCore::take_stream(Self self, RunningPtr running, jsonrpc::Id request) {
  auto cursor = std::make_shared<Cursor>();
  cursor->request = request;
  cursor->retry = self->options_.retry;
  if (auto listener = self->listener_.lock()) listener->on_stream_opened(request);
  Error why = co_await read_events(self, running, cursor);
  while (!cursor->answered && !running->given_up) {
    bool resumable = self->is_legacy() && !cursor->last_id.empty() && why.code != ErrorCode::kLimit;
    if (!resumable || ++cursor->barren > self->options_.max_resumptions) {
      self->stream_failed(request, ClosedBy::kFault, std::move(why));
      co_return;
    }
    bool go_on = co_await wait_to_resume(self, running, cursor);
    if (!go_on) co_return;
    std::string session = running->session;
    // Another session took its place: there the event id means nothing, and the answer would never come.
    if (self->session_ != session) {
      self->stream_failed(request, ClosedBy::kFault, session_forgotten());
      co_return;
    }
    http::ClientRequest get = self->make_get(*cursor);
    std::optional<jsonrpc::Id> related = request;
    auto answered = co_await exchange(self, running, std::move(get), related);
    if (running->given_up) co_return;
    if (!answered) {
      why = std::move(answered.error());
      continue;
    }
    int status = running->response->status();
    bool lost = co_await self->has_lost_session(running, session);
    if (lost) {
      self->stream_failed(request, ClosedBy::kFault, session_forgotten());
      co_await renew_or_end(self, session);
      co_return;
    }
    if (status != 200 || !self->is_event_stream(*running->response)) {
      why = http_failure(status, running->response->headers());
      bool may_recover = status >= 500;
      if (may_recover) continue;
      self->stream_failed(request, ClosedBy::kPeer, std::move(why));
      co_return;
    }
    why = co_await read_events(self, running, cursor);
  }
}

// As long as the channel lives: what a server says outside of calls has no other way.
Task<void> HttpClientCore::listen(Self self, RunningPtr running) {
  auto cursor = std::make_shared<Cursor>();
  cursor->retry = self->options_.retry;
  for (;;) {
    bool again = co_await listen_once(self, running, cursor);
    if (!again || running->given_up) break;
    ++cursor->barren;
    bool go_on = co_await wait_to_resume(self, running, cursor);
    if (!go_on) break;
  }
  self->running_.erase(running);
}

Task<bool> HttpClientCore::listen_once(Self self, RunningPtr running, CursorPtr cursor) {
  std::string session = self->session_;
  http::ClientRequest get = self->make_get(*cursor);
  std::optional<jsonrpc::Id> none;
  auto answered = co_await exchange(self, running, std::move(get), none);
  if (running->given_up) co_return false;
  if (!answered) {
    cursor->missed = true;
    self->stream_failed(std::nullopt, ClosedBy::kFault, std::move(answered.error()));
    co_return true;
  }
  bool lost = co_await self->has_lost_session(running, session);
  if (running->given_up) co_return false;
  if (lost) {
    co_await renew_or_end(self, session);  // which listens again
    co_return false;
  }
  if (running->response->status() != 200 || !self->is_event_stream(*running->response))
    co_return self->refused_to_listen(*running->response, *cursor);
  auto taking = take_listening(self, running, cursor);
  bool again = co_await std::move(taking);
  co_return again;
}

bool HttpClientCore::refused_to_listen(const http::ClientResponse& response, Cursor& cursor) {
  int status = response.status();
  // 405: the server offers no such stream (2025-11-25 transports, "Listening for Messages from the Server").
  bool none = status == 405 || status == 501;
  bool passing = status >= 500 || status == 408 || status == 425 || status == 429;
  if (none || !(cursor.known || passing)) {
    log::debug("the server has no GET stream", {{"status", status}});
    return false;
  }
  cursor.missed = true;
  stream_failed(std::nullopt, ClosedBy::kPeer, http_failure(status, response.headers()));
  return true;
}

Task<bool> HttpClientCore::take_listening(Self self, RunningPtr running, CursorPtr cursor) {
  int failures = std::exchange(cursor->barren, 0);
  cursor->known = true;
  if (auto listener = self->listener_.lock()) {
    listener->on_stream_opened(std::nullopt);
    if (std::exchange(cursor->missed, false)) listener->on_missed();
  }
  Error why = co_await read_events(self, running, cursor);
  // A server that can resume the stream says the rest again.
  cursor->missed = cursor->last_id.empty();
  if (why.code == ErrorCode::kLimit) {
    // Never again the event that is too large: on from now, and not in haste.
    log::warn("the server's GET stream brought too much", {{"reason", why.message}});
    cursor->last_id.clear();
    cursor->missed = true;
    cursor->barren = failures + 1;
  }
  co_return !running->given_up;
}

}  // namespace mcp::transport
