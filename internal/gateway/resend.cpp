// Sending a request once more, where repeat.h allows it.
#include "internal/base/log.h"
#include "internal/gateway/view.h"

namespace mcp::gateway {

using protocol::Outcome;
using server::CallPtr;

namespace {

constexpr async::Millis kReadingPatience{30'000};

}  // namespace

Repeat View::wants_repeat(const CallPtr& call, const Target& target, const Outcome& outcome) const {
  if (target.repeated || call->cancelled()) return Repeat::kNo;
  bool tool_call = call->method() == "tools/call";
  const Item* tool =
      tool_call ? find(*target.link, ListKind::kTools, call->name(), call->session()->principal()) : nullptr;
  return may_repeat(outcome, call->method(), tool, target.upstream->entry());
}

Task<Outcome> View::resend(std::shared_ptr<View> self, CallPtr call, Target target, Repeat how) {
  log::info("sent once more", {{"server", target.upstream->name()},
                               {"method", call->method()},
                               {"reason", how == Repeat::kSame ? "lost" : "outdated headers"}});
  if (how == Repeat::kFreshTools) {
    auto reading = Link::reread(target.link, ListKind::kTools, kReadingPatience);
    co_await std::move(reading);
    auto finding = by_name(self, call, ListKind::kTools, call->name());
    auto found = co_await std::move(finding);
    if (!found) co_return found.error();
    target = std::move(*found);
  }
  target.repeated = true;
  auto forwarding = forward(self, call, std::move(target));
  Outcome outcome = co_await std::move(forwarding);
  co_return outcome;
}

}  // namespace mcp::gateway
