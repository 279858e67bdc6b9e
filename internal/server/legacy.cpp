// The rules of the handshake revisions (2024-11-05 … 2025-11-25 lifecycle) for Peer.
#include <utility>

#include "internal/json/scan.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/method.h"
#include "internal/server/peer.h"

namespace mcp::server {

using jsonrpc::Message;

void Peer::initialize(const Message& request) {
  auto params = protocol::read_initialize(request);
  if (!params) return answer(request, Outcome::error(params.error()));
  client_.revision = protocol::negotiate(params->requested);
  client_.capabilities = std::move(params->capabilities);
  client_.info = std::move(params->client_info);
  phase_ = Phase::kHandshake;
  note_open();
  loop_.spawn(answer_initialize(shared_from_this(), request));
}

Task<void> Peer::answer_initialize(std::shared_ptr<Peer> self, Message request) {
  auto backend = self->backend_;
  SessionPtr session = self;
  Offer offer = co_await backend->offer(session);
  if (!self->alive()) co_return;
  std::string capabilities = capabilities_of(offer);
  self->phase_ = Phase::kLegacy;
  self->channel_->negotiated(self->client_.revision);
  self->answer(request, Outcome::result(protocol::initialize_result(self->client_.revision, capabilities,
                                                                    offer.server_info, offer.instructions)));
  auto held = std::move(self->held_);
  self->held_.clear();
  for (auto& envelope : held) self->on_message(std::move(envelope));
}

void Peer::legacy_request(transport::Envelope envelope) {
  const Message& request = envelope.message;
  if (request.method == "ping") return answer(request, Outcome::result(std::string("{}")));
  if (request.method == "initialize") {
    return answer(request, Outcome::error(jsonrpc::kInvalidRequest, "already initialized"));
  }
  const auto* method = protocol::find_method(request.method);
  if (method && !answers(*method, client_.revision)) {
    return answer(request, Outcome::error(jsonrpc::kMethodNotFound, "method not found: " + request.method));
  }
  start_call(std::move(envelope), nullptr);
}

void Peer::client_initialized() {
  if (phase_ != Phase::kLegacy || initialized_) return;
  initialized_ = true;
  backend_->session_opened(shared_from_this());
}

void Peer::note_log_level(const Message& request) {
  if (request.params.empty()) return;
  auto fields = json::scan_object(request.params);
  if (!fields) return;
  auto level = json::decode_string(fields->get("level"));
  if (level) client_.log_level = std::move(*level);
}

// Servers MUST NOT ask for what the client did not declare (2025-11-25 lifecycle, "Operation").
std::optional<Error> Peer::cannot_ask(std::string_view method, const Bytes& params) const {
  if (phase_ == Phase::kOver) return Error{ErrorCode::kUnavailable, "the client is gone", {}};
  if (phase_ != Phase::kLegacy) {
    return Error{
        ErrorCode::kUnsupported, "a modern client cannot be asked; answer input_required instead", {}};
  }
  const auto& can = client_.capabilities;
  bool declared = true;
  if (method == "sampling/createMessage") declared = can.sampling;
  if (method == "roots/list") declared = can.roots;
  if (method == "elicitation/create") {
    Bytes mode;
    if (auto fields = json::scan_object(params)) mode = Bytes::copy(fields->get("mode"));
    declared = mode.view() == "\"url\"" ? can.elicitation_url : can.elicitation_form;
  }
  if (declared) return std::nullopt;
  return Error{
      ErrorCode::kUnsupported, "the client did not declare what " + std::string(method) + " needs", {}};
}

}  // namespace mcp::server
