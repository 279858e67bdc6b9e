// A call that waits until its server has a place for it (admission.h).
#include "internal/gateway/view.h"

namespace mcp::gateway {

using protocol::Outcome;
using server::CallPtr;

namespace {

// Who takes turns: a session, or the principal of requests that have none (2026-07-28 over HTTP).
std::string client_of(const server::Session& session) {
  bool lone_request = session.transport() == "http" && session.client().era() == protocol::Era::kModern;
  return lone_request ? "principal " + session.principal() : "session " + session.id();
}

std::string key(std::string_view name, const Upstream& upstream) {
  return std::string(name) + " of \"" + upstream.name() + "\"";
}

Outcome full(const Upstream& upstream) {
  const AdmissionLimits& limits = upstream.admission()->limits();
  Error why{ErrorCode::kLimit,
            "server \"" + upstream.name() + "\" is busy: " + std::to_string(limits.places) +
                " calls are running and " + std::to_string(limits.queue) + " are waiting",
            "try again later, or raise max_in_flight or " + key("max_queue", upstream)};
  return Outcome::busy(std::move(why));
}

Outcome waited_in_vain(const Upstream& upstream, async::Millis time) {
  Error why{
      ErrorCode::kLimit,
      "server \"" + upstream.name() + "\" is busy: no place within " + std::to_string(time.count()) + " ms",
      "try again later, or raise " + key("max_in_flight", upstream)};
  return Outcome::busy(std::move(why));
}

}  // namespace

Task<std::optional<Outcome>> View::wait_for_place(std::shared_ptr<View> self, CallPtr call,
                                                  UpstreamPtr upstream) {
  auto refused = [gateway = self->gateway_](std::string_view limit, Outcome told) {
    if (auto owner = gateway.lock()) owner->account()->refused(limit);
    return told;
  };
  auto admission = upstream->admission();
  async::Slot<bool> turn(self->loop());
  auto ticket = admission->wait(client_of(*call->session()), [turn](bool admitted) { turn.set(admitted); });
  if (!ticket) co_return refused("max_queue", full(*upstream));
  call->on_cancel([admission, turn, number = *ticket] {
    if (admission->give_up(number)) turn.set(false);
  });
  auto patience = upstream->entry().call_timeout;
  if (patience.count() > 0) {
    auto waiting = turn.get_within(patience);
    auto told = co_await std::move(waiting);
    if (told && *told) co_return std::nullopt;
    if (!told && admission->give_up(*ticket)) {
      co_return refused("max_in_flight", waited_in_vain(*upstream, patience));
    }
    // It was told in the moment in which its patience ended.
    if (!told) turn.set(false);
  }
  bool admitted = co_await turn.get();
  if (admitted) co_return std::nullopt;
  if (call->cancelled()) co_return Outcome::error(jsonrpc::kInternalError, "cancelled");
  co_return refused("max_queue", full(*upstream));
}

}  // namespace mcp::gateway
