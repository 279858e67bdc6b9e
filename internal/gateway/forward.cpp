// One request on its way to its server and back.
#include "internal/gateway/view.h"
#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;

namespace {

// A progress report as the client knows it: with its own token.
std::string with_token(const jsonrpc::Message& report, const Bytes& token) {
  return protocol::with_member(report.params.view(), "progressToken", token.view());
}

// What of this client's capabilities may be told to a modern server: what it answers by itself (MRTR), and
// extensions, which live in content. Tasks need calls of their own that are not routed.
std::string told_capabilities(const protocol::ClientView& client) {
  Bytes raw = Bytes::copy(client.capabilities.raw);  // the fields are slices of it
  auto fields = json::scan_object(raw);
  if (!client.capabilities.tasks || !fields) return client.capabilities.raw;
  std::string_view extensions = fields->get("extensions");
  if (extensions.empty()) return client.capabilities.raw;
  return protocol::with_member(client.capabilities.raw, "extensions",
                               protocol::without_member(extensions, "io.modelcontextprotocol/tasks"));
}

client::Request compose(const CallPtr& call, const Target& target) {
  client::Request request;
  request.method = call->method();
  request.headers = target.headers;
  request.timeout = target.upstream->entry().call_timeout;
  bool modern_client = call->client().era() == Era::kModern;
  bool modern_server = target.link->view().era() == Era::kModern;
  request.params = Bytes::adopt(modern_client && !modern_server ? protocol::without_modern_meta(target.params)
                                                                : target.params);
  if (modern_client && modern_server) {
    request.capabilities = told_capabilities(call->client());
    request.log_level = call->client().log_level;
  }
  std::weak_ptr<server::Call> weak = call;
  if (!call->message().progress_token.empty()) {
    Bytes token = call->message().progress_token;
    request.on_progress = [weak, token](const jsonrpc::Message& report) {
      if (auto caller = weak.lock()) caller->notify(report.method, with_token(report, token));
    };
  }
  request.on_notification = [weak](const jsonrpc::Message& message) {
    if (auto caller = weak.lock()) caller->notify(message.method, message.params.view());
  };
  return request;
}

}  // namespace

Task<Outcome> View::forward(std::shared_ptr<View> self, CallPtr call, Target target) {
  auto waiting = Link::ready(target.link, target.upstream->entry().start_timeout);
  auto peer = co_await std::move(waiting);
  if (!peer) co_return Outcome::failure(peer.error());
  if (call->cancelled()) co_return Outcome::error(jsonrpc::kInternalError, "cancelled");
  async::Slot<Outcome> slot(self->loop());
  auto ticket =
      (*peer)->start(compose(call, target), [slot](Outcome outcome) { slot.set(std::move(outcome)); });
  jsonrpc::Id id = ticket->id();
  target.link->running()[id] = call;
  call->on_cancel([ticket] { ticket->cancel("the client cancelled"); });
  Outcome outcome = co_await slot.get();
  target.link->running().erase(id);
  target.link->call_ended(*peer, outcome);
  if (Repeat how = self->wants_repeat(call, target, outcome); how != Repeat::kNo) {
    auto again = resend(self, call, std::move(target), how);
    Outcome second = co_await std::move(again);
    co_return second;
  }
  co_return self->bridged(call, *target.link, std::move(outcome));
}

Outcome View::bridged(const CallPtr& call, const Link& link, Outcome outcome) const {
  Era from = link.view().era();
  Era to = call->client().era();
  if (outcome.ok()) {
    if (from == Era::kModern && to == Era::kLegacy &&
        protocol::result_type(outcome.raw().view()) != "complete") {
      return Outcome::error(
          jsonrpc::kInternalError,
          "server \"" + link.entry().name +
              "\" answered with a result that this client's protocol version does not have");
    }
    remember_links(link, outcome.raw());
    if (to == Era::kModern) return outcome;  // what its era adds, its session adds to every result
    return Outcome::result(protocol::bridge_result(outcome.raw(), call->method(), from, to, info_));
  }
  if (outcome.cause()) {
    // The hop behind us failed, whatever the cause: no code may blame the client's request for it.
    Error why = *outcome.cause();
    auto error = jsonrpc::to_rpc_error(std::move(why).wrap("server \"" + link.entry().name + "\""));
    error.code = jsonrpc::kInternalError;
    return Outcome::error(std::move(error));
  }
  return Outcome::error(protocol::bridge_error(outcome.error(), call->method(), from, to));
}

void View::remember_links(const Link& link, const Bytes& result) const {
  auto gateway = upstreams_.size() < 2 ? nullptr : gateway_.lock();
  if (!gateway) return;
  for (const std::string& uri : mentioned_uris(result.view()))
    gateway->links().remember(uri, link.entry().name);
}

Task<Outcome> View::named(std::shared_ptr<View> self, CallPtr call, Finding finding) {
  auto target = co_await std::move(finding);
  if (!target) co_return target.error();
  auto forwarding = forward(self, call, std::move(*target));
  Outcome outcome = co_await std::move(forwarding);
  co_return outcome;
}

}  // namespace mcp::gateway
