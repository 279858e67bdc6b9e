// HttpClientCore, a forgotten session: the server was restarted, or ended it (2025-11-25 transports, "Session
// Management": 404; the client MUST start a new session). A request that was refused for it was not executed;
// it is sent once more, in the new session.
#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/protocol/lifecycle.h"
#include "internal/transport/client_answer.h"
#include "internal/transport/http_client_core.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxErrorBody = 1 << 20;

// Servers made with the official SDKs of 2025 say 400 with -32000 and a text such as "No valid session ID
// provided" or "Server not initialized", where the specification says 404.
bool tells_of_session(const Bytes& body) {
  auto message = jsonrpc::Message::parse(body);
  if (!message || message->kind != jsonrpc::Kind::kError || message->id) return false;
  auto error = jsonrpc::parse_rpc_error(message->error.view());
  if (!error || error->code != jsonrpc::kServerError) return false;
  std::string text = to_lower(error->message);
  return text.find("session") != std::string::npos || text.find("not initialized") != std::string::npos;
}

}  // namespace

bool HttpClientCore::is_lost_session(int status, const std::string& session, const Bytes& body) const {
  if (!is_legacy() || session.empty()) return false;
  return status == 404 || (status == 400 && tells_of_session(body));
}

Task<bool> HttpClientCore::has_lost_session(RunningPtr running, std::string session) {
  int status = running->response->status();
  if (status != 400 && status != 404) co_return false;
  auto body = co_await running->response->read_all(kMaxErrorBody);
  co_return is_lost_session(status, session, body ? *body : Bytes());
}

Task<bool> HttpClientCore::renew(Self self, std::string session) {
  if (self->renewal_) {
    async::Slot<bool> slot(self->loop_);
    self->renewal_->waiting.push_back(slot);
    bool renewed = co_await slot.get();
    co_return renewed;
  }
  if (self->over_ || !self->hello_ || !self->revision_ || !self->initialized_sent_) co_return false;
  // Somebody else noticed it first.
  if (self->session_ != session) co_return true;
  auto renewal = std::make_shared<Renewal>();
  self->renewal_ = renewal;
  log::info("the server has forgotten the session, another is begun");
  auto running = std::make_shared<Running>(self->loop_);
  self->running_.insert(running);
  async::Timer deadline(self->loop_);
  deadline.start(self->options_.renewal_deadline, [running] { running->give_up(); });
  auto beginning = begin_anew(self, running);
  bool renewed = co_await std::move(beginning);
  self->running_.erase(running);
  self->renewal_ = nullptr;
  if (renewed && !self->over_) self->renewed(renewal->answer->result);
  for (auto& slot : renewal->waiting) slot.set(renewed);
  self->pump();
  co_return renewed;
}

Task<void> HttpClientCore::renew_or_end(Self self, std::string session) {
  auto renewing = renew(self, session);
  bool renewed = co_await std::move(renewing);
  if (!renewed) self->end(Error{ErrorCode::kNotFound, "the server no longer knows the session", ""});
}

// The same handshake as before, in a session of its own.
Task<bool> HttpClientCore::begin_anew(Self self, RunningPtr running) {
  auto renewal = self->renewal_;
  auto revision = std::exchange(self->revision_, std::nullopt);
  self->session_.clear();
  jsonrpc::Message hello = *self->hello_;
  auto greeting = ask_once(self, running, hello);
  bool answered = co_await std::move(greeting);
  self->revision_ = revision;
  if (!answered || running->given_up || !renewal->answer) co_return false;
  if (renewal->answer->kind != jsonrpc::Kind::kResult) co_return false;
  auto result = protocol::read_initialize_result(renewal->answer->result.view());
  // Another revision would be another conversation.
  if (!result || result->version != protocol::to_string(*revision)) co_return false;
  auto initialized =
      jsonrpc::own_message(jsonrpc::make_notification("notifications/initialized", std::string_view()));
  auto telling = ask_once(self, running, initialized);
  bool told = co_await std::move(telling);
  co_return told && !running->given_up;
}

// One POST of the handshake; the answer to `initialize` is kept by deliver(). False: refused.
Task<bool> HttpClientCore::ask_once(Self self, RunningPtr running, jsonrpc::Message message) {
  http::ClientRequest request = self->make_post(message);
  std::optional<jsonrpc::Id> none;
  auto sending = exchange(self, running, std::move(request), none);
  auto answered = co_await std::move(sending);
  if (!answered || running->given_up || running->response->status() >= 300) co_return false;
  auto taking = take_answer(self, running, message);
  co_await std::move(taking);
  co_return true;
}

void HttpClientCore::renewed(Bytes result) {
  // The stream of the old session, where it is still open, brings nothing any more.
  if (auto old = listener_run_.lock()) old->give_up();
  listening_ = false;
  begin_listening();
  if (auto listener = listener_.lock()) listener->on_renewed(std::move(result));
}

}  // namespace mcp::transport
