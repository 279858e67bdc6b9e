// HttpClientCore, one POST: its request, its credentials, its answer.
#include "internal/base/log.h"
#include "internal/transport/client_answer.h"
#include "internal/transport/http_client_core.h"
#include "internal/transport/media_type.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxErrorBody = 1 << 20;
constexpr std::size_t kMaxIgnoredBody = 64 << 10;
constexpr std::size_t kMaxBatch = 1000;

}  // namespace

Task<void> HttpClientCore::post(Self self, RunningPtr running, Envelope envelope) {
  jsonrpc::Message sent = envelope.message;
  http::ClientRequest request = self->make_request("POST");
  request.headers.set("Content-Type", std::string(kJsonType));
  request.headers.set("Accept", std::string(kJsonType) + ", " + std::string(kEventStreamType));
  for (const auto& [name, value] : envelope.headers) request.headers.set(name, value);
  request.body = sent.bytes;
  std::optional<jsonrpc::Id> related;
  if (sent.is_request()) related = sent.id;
  std::string session = self->session_;

  auto answered = co_await exchange(self, running, std::move(request), related);
  if (running->given_up) {
    // Nobody asks any more.
  } else if (!answered) {
    if (!related)
      log::warn("a message could not be sent",
                {{"method", sent.method}, {"error", answered.error().message}});
    auto by = running->cancel.sending() ? ClosedBy::kFault : ClosedBy::kUnsent;
    if (related) self->stream_failed(related, by, std::move(answered.error()));
  } else if (running->response->status() >= 300) {
    co_await take_refusal(self, running, sent, session);
  } else {
    co_await take_answer(self, running, sent);
  }
  self->finished(running, sent);
}

Task<Result<void>> HttpClientCore::exchange(Self self, RunningPtr running, http::ClientRequest request,
                                            std::optional<jsonrpc::Id> related) {
  std::shared_ptr<CredentialSource> credentials = self->options_.credentials;
  for (bool again = true;; again = false) {
    if (credentials) {
      auto value = co_await credentials->authorization();
      MCP_CO_CHECK(value);
      if (*value) request.headers.set("Authorization", **value);
    }
    http::ClientRequest attempt = request;
    http::CancelToken cancel = running->cancel;
    auto response = co_await self->client_->send(std::move(attempt), cancel);
    MCP_CO_CHECK(response);
    running->response = std::move(*response);
    if (running->given_up) {
      running->response->abort();
      co_return fail(ErrorCode::kCancelled, "given up");
    }
    Fact fact;
    fact.related = related;
    fact.status = running->response->status();
    fact.headers = &running->response->headers();
    if (auto listener = self->listener_.lock()) listener->on_fact(fact);
    if (running->response->status() != 401 || !credentials || !again) co_return Result<void>();
    std::string challenge(running->response->headers().get("WWW-Authenticate"));
    bool renewed = co_await credentials->refused(challenge);
    if (!renewed || running->given_up) co_return Result<void>();
    // Read to its end, its connection can be used again.
    auto ignored = co_await running->response->read_all(kMaxIgnoredBody);
    (void)ignored;
  }
}

Task<void> HttpClientCore::take_answer(Self self, RunningPtr running, jsonrpc::Message sent) {
  self->remember_session(*running->response);
  if (!sent.is_request()) {
    auto ignored = co_await running->response->read_all(kMaxIgnoredBody);
    (void)ignored;
    co_return;
  }
  jsonrpc::Id request = *sent.id;
  if (self->is_event_stream(*running->response)) {
    co_await take_stream(self, running, request);
  } else if (names_type(running->response->headers().get("Content-Type"), kJsonType)) {
    co_await take_json(self, running, request);
  } else {
    Error why{ErrorCode::kProtocol, "the server's answer is neither JSON nor an event stream", ""};
    self->stream_failed(request, ClosedBy::kPeer, std::move(why));
  }
}

Task<void> HttpClientCore::take_json(Self self, RunningPtr running, jsonrpc::Id request) {
  std::size_t limit = self->options_.max_message_bytes;
  auto body = co_await running->response->read_all(limit);
  if (running->given_up) co_return;
  if (!body) {
    self->stream_failed(request, ClosedBy::kFault, std::move(body.error()));
    co_return;
  }
  bool answered = false;
  if (self->is_legacy() && jsonrpc::is_batch(body->view())) {
    auto texts = jsonrpc::split_batch(*body, kMaxBatch);
    if (texts) {
      for (Bytes& text : *texts) self->deliver(std::move(text), request, &answered);
    }
  } else {
    self->deliver(*body, request, &answered);
  }
  if (answered || running->given_up) co_return;
  Error why{ErrorCode::kProtocol, "the server's answer is no response to the request", ""};
  self->stream_failed(request, ClosedBy::kPeer, std::move(why));
}

Task<void> HttpClientCore::take_refusal(Self self, RunningPtr running, jsonrpc::Message sent,
                                        std::string session) {
  int status = running->response->status();
  Error why = http_failure(status, running->response->headers());
  auto body = co_await running->response->read_all(kMaxErrorBody);
  if (running->given_up) co_return;
  if (self->is_lost_session(status, session)) {
    // 2025-11-25 transports: what a lost session is answered with 404 for was not acted on.
    Error lost{ErrorCode::kNotFound, "the server no longer knows the session", ""};
    if (sent.is_request()) self->stream_failed(sent.id, ClosedBy::kUnsent, lost);
    self->end(std::move(lost));
    co_return;
  }
  if (!sent.is_request()) {
    log::warn("the server refused a message", {{"method", sent.method}, {"status", status}});
    co_return;
  }
  // 401 is about who we are, whatever the body says.
  auto answer = body && status != 401 ? error_answer(*body, *sent.id) : std::nullopt;
  if (answer) {
    self->deliver(answer->bytes, sent.id, nullptr);
  } else {
    self->stream_failed(sent.id, ClosedBy::kPeer, std::move(why));
  }
}

}  // namespace mcp::transport
