// HttpClientCore, one POST: its request, its credentials, its answer.
#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/http/scheme_hint.h"
#include "internal/transport/client_answer.h"
#include "internal/transport/http_client_core.h"
#include "internal/transport/large_message.h"
#include "internal/transport/media_type.h"
#include "internal/transport/oversized.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxErrorBody = 1 << 20;
constexpr std::size_t kMaxIgnoredBody = 64 << 10;
constexpr std::size_t kMaxBatch = 1000;
constexpr std::size_t kMaxExcerpt = 80;  // of a header field, in an error's words

std::string excerpt(std::string_view field) { return std::string(field.substr(0, kMaxExcerpt)); }

// Why the body of a response cannot be a message; nothing when it can.
std::optional<Error> unreadable(const http::Headers& headers) {
  std::string_view coding = headers.get("Content-Encoding");
  if (!coding.empty() && !iequals(coding, "identity")) {
    std::string message = "the server's answer is compressed (" + excerpt(coding) + "), unasked";
    return Error{ErrorCode::kProtocol, std::move(message), ""};
  }
  std::string_view type = headers.get("Content-Type");
  if (names_type(type, kEventStreamType) || names_type(type, kJsonType)) return std::nullopt;
  std::string message = "the server's answer is " + (type.empty() ? "of no type" : excerpt(type)) +
                        ", neither JSON nor an event stream";
  return Error{ErrorCode::kProtocol, std::move(message), ""};
}

}  // namespace

Task<void> HttpClientCore::post(Self self, RunningPtr running, Envelope envelope) {
  jsonrpc::Message sent = envelope.message;
  auto sending = post_once(self, running, envelope, true);
  bool repeat = co_await std::move(sending);
  if (repeat) {
    auto repeating = post_once(self, running, envelope, false);
    co_await std::move(repeating);
  }
  self->finished(running, sent);
}

// True: the server had forgotten the session; the request was not executed, and there is a new session.
Task<bool> HttpClientCore::post_once(Self self, RunningPtr running, Envelope envelope, bool may_repeat) {
  jsonrpc::Message sent = envelope.message;
  http::ClientRequest request = self->make_post(sent);
  for (const auto& [name, value] : envelope.headers) request.headers.set(name, value);
  std::optional<jsonrpc::Id> related;
  if (sent.is_request()) related = sent.id;
  std::string session = self->session_;
  running->session = session;

  auto answered = co_await exchange(self, running, std::move(request), related);
  if (running->given_up) co_return false;  // nobody asks any more
  if (!answered) {
    if (!related)
      log::warn("a message could not be sent",
                {{"method", sent.method}, {"error", answered.error().message}});
    auto by = running->cancel.sending() ? ClosedBy::kFault : ClosedBy::kUnsent;
    if (related) self->stream_failed(related, by, std::move(answered.error()));
    co_return false;
  }
  if (running->response->status() < 500) self->server_lives();
  if (running->response->status() >= 300) {
    auto refusing = take_refusal(self, running, sent, session, may_repeat);
    bool repeat = co_await std::move(refusing);
    co_return repeat;
  }
  co_await take_answer(self, running, sent);
  co_return false;
}

Task<Result<void>> HttpClientCore::exchange(Self self, RunningPtr running, http::ClientRequest request,
                                            std::optional<jsonrpc::Id> related) {
  ResponseSeen seen = [self, running, related](const http::ClientResponsePtr& response) {
    running->response = response;
    if (running->given_up) return false;
    Fact fact;
    fact.related = related;
    fact.status = response->status();
    fact.headers = &response->headers();
    if (auto listener = self->listener_.lock()) listener->on_fact(fact);
    return true;
  };
  auto sending = send_authorized(self->client_, self->options_.credentials, std::move(request),
                                 running->cancel, std::move(seen));
  auto response = co_await std::move(sending);
  MCP_CO_CHECK(response);
  co_return Result<void>();
}

Task<void> HttpClientCore::take_answer(Self self, RunningPtr running, jsonrpc::Message sent) {
  // Other answers may still be those of a session that is gone.
  if (sent.method == "initialize") {
    self->remember_session(*running->response);
    running->session = self->session_;
  }
  if (!sent.is_request()) {
    auto ignored = co_await running->response->read_all(kMaxIgnoredBody);
    (void)ignored;
    co_return;
  }
  jsonrpc::Id request = *sent.id;
  if (auto why = unreadable(running->response->headers())) {
    self->stream_failed(request, ClosedBy::kPeer, std::move(*why));
  } else if (self->is_event_stream(*running->response)) {
    co_await take_stream(self, running, request);
  } else {
    co_await take_json(self, running, request);
  }
}

Task<void> HttpClientCore::take_json(Self self, RunningPtr running, jsonrpc::Id request) {
  std::size_t limit = self->options_.max_message_bytes;
  Result<Bytes> body;
  if (auto whole = running->response->take_whole(limit)) {
    body = std::move(*whole);
  } else {
    auto reading = running->response->read_all(limit);
    body = co_await std::move(reading);
  }
  if (running->given_up) co_return;
  if (!body) {
    self->stream_failed(request, ClosedBy::kFault, name_oversized(std::move(body.error())));
    co_return;
  }
  bool answered = false;
  if (self->is_legacy() && jsonrpc::is_batch(body->view())) {
    auto texts = jsonrpc::split_batch(*body, kMaxBatch);
    if (texts && texts->size() <= kMaxBatch) {
      for (Bytes& text : *texts) self->deliver(text, jsonrpc::Message::parse(text), request, &answered);
    }
  } else {
    auto reading = read_message(self->loop_, *body);
    auto message = co_await std::move(reading);
    if (running->given_up) co_return;
    self->deliver(*body, std::move(message), request, &answered);
  }
  if (answered || running->given_up) co_return;
  Error why{ErrorCode::kProtocol, "the server's answer is no response to the request", ""};
  self->stream_failed(request, ClosedBy::kPeer, std::move(why));
}

Task<bool> HttpClientCore::take_refusal(Self self, RunningPtr running, jsonrpc::Message sent,
                                        std::string session, bool may_repeat) {
  int status = running->response->status();
  Error why = http_failure(status, running->response->headers());
  auto body = co_await running->response->read_all(kMaxErrorBody);
  if (running->given_up) co_return false;
  if (body && !self->options_.url.is_https() && http::asks_for_tls(status, body->view()))
    why.hint = http::kUseHttps;
  if (self->is_lost_session(status, session, body ? *body : Bytes())) {
    bool renewed = false;
    if (may_repeat) {
      auto renewing = renew(self, session);
      renewed = co_await std::move(renewing);
    }
    // What is no request belonged to the old session.
    if (renewed) co_return !self->over_ && !running->given_up && sent.is_request();
    // What a lost session is answered with 404 for was not acted on.
    Error lost{ErrorCode::kNotFound, "the server no longer knows the session", ""};
    // One that was sent twice already is not sent again.
    if (sent.is_request()) {
      self->stream_failed(sent.id, may_repeat ? ClosedBy::kUnsent : ClosedBy::kFault, lost);
    }
    self->end(std::move(lost));
    co_return false;
  }
  if (!sent.is_request()) {
    log::warn("the server refused a message", {{"method", sent.method}, {"status", status}});
    co_return false;
  }
  // 401 is about who we are, whatever the body says.
  auto answer = body && status != 401 ? error_answer(*body, *sent.id) : std::nullopt;
  if (answer) {
    self->deliver(answer->bytes, jsonrpc::Message::parse(answer->bytes), sent.id, nullptr);
  } else {
    self->stream_failed(sent.id, ClosedBy::kPeer, std::move(why));
  }
  co_return false;
}

}  // namespace mcp::transport
