#include "internal/gateway/waiting_notice.h"

#include "internal/base/strings.h"

namespace mcp::gateway {
namespace {

constexpr async::Millis kFirstAfter{1'000};
constexpr async::Millis kThenEvery{10'000};
// Less than any server counts by: its own first step comes after all of ours.
constexpr double kStep = 1e-6;

std::string number(double value) { return value == 0 ? "0" : std::to_string(value); }

}  // namespace

WaitingNotice::WaitingNotice(async::Loop& loop, const server::CallPtr& call, std::string server)
    : timer_(loop), call_(call), server_(std::move(server)) {
  if (call->message().progress_token.empty()) return;
  timer_.start(kFirstAfter, [this] { tell(); });
}

void WaitingNotice::tell() {
  auto call = call_.lock();
  if (!call || call->cancelled()) return;
  auto& told = call->note().progress;
  told = told ? *told + kStep : 0;
  std::string text = "server \"" + server_ + "\" is still starting";
  std::string token(call->message().progress_token.view());
  call->notify("notifications/progress", "{\"progressToken\":" + token + ",\"progress\":" + number(*told) +
                                             ",\"message\":" + json_quote(text) + "}");
  timer_.start(kThenEvery, [this] { tell(); });
}

}  // namespace mcp::gateway
