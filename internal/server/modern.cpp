// The rules of the stateless revisions (2026-07-28) for Peer.
#include <utility>

#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/method.h"
#include "internal/server/peer.h"

namespace mcp::server {

using jsonrpc::Message;

namespace {

std::string requested_version(const Message& initialize) {
  if (initialize.params.empty()) return {};
  auto fields = json::scan_object(initialize.params);
  if (!fields) return {};
  auto version = json::decode_string(fields->get("protocolVersion"));
  return version ? std::move(*version) : std::string();
}

}  // namespace

void Peer::modern_request(transport::Envelope envelope) {
  const Message& request = envelope.message;
  // Over HTTP it is a removed method like others (404); a pipe has one era, so the client is told which.
  if (request.method == "initialize" && !modern_http_) {
    return answer(request, Outcome::error(protocol::unsupported_version(requested_version(request))));
  }
  // Every request is checked on its own, not only the first (2026-07-28 basic, "_meta").
  ClientViewPtr view = envelope.client;
  if (!view) {
    auto read = protocol::read_client(request);
    if (!read) return answer(request, Outcome::error(read.error().error), read.error().http_status);
    view = std::make_shared<const protocol::ClientView>(std::move(*read));
  }
  if (phase_ == Phase::kUndecided) {
    phase_ = Phase::kModern;
    client_ = *view;
    note_open();
  }
  const auto* method = protocol::find_method(request.method);
  if (method && !answers(*method, view->revision)) {
    auto missing = Outcome::error(jsonrpc::kMethodNotFound, "method not found: " + request.method);
    return answer(request, missing, protocol::modern_http_status(jsonrpc::kMethodNotFound));
  }
  if (modern_http_) sender_ = view;
  start_call(std::move(envelope), std::move(view));
}

void Peer::reply_modern(const RunningCall& call, const Outcome& outcome) {
  if (!outcome.ok()) return reply(call.id(), outcome, protocol::modern_http_status(outcome.error().code));
  Rope result =
      protocol::bridge_result(outcome.raw().empty() ? Bytes::copy("{}") : outcome.raw(), call.method(),
                              protocol::Era::kLegacy, protocol::Era::kModern, backend_->server_info());
  reply_result(call.id(), result, outcome.was_read());
}

}  // namespace mcp::server
