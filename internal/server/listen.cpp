#include "internal/server/listen.h"

#include <algorithm>
#include <utility>

#include "internal/protocol/meta.h"

namespace mcp::server {

Listen::Listen(async::Loop& loop, CallPtr call, protocol::ListenFilter agreed)
    : call_(std::move(call)), filter_(std::move(agreed)), id_(call_->message().id->raw()), outcome_(loop) {}

std::shared_ptr<Listen> Listen::open(async::Loop& loop, CallPtr call, protocol::ListenFilter agreed) {
  std::shared_ptr<Listen> listen(new Listen(loop, std::move(call), std::move(agreed)));
  listen->emit("notifications/subscriptions/acknowledged",
               "{\"notifications\":" + protocol::to_json(listen->filter_) + "}");
  listen->call_->on_cancel([outcome = listen->outcome_] {
    outcome.set(Outcome::failure(Error{ErrorCode::kCancelled, "the client ended the subscription", {}}));
  });
  listen->call_->answer_at_end(listen->closing_result());
  return listen;
}

Outcome Listen::closing_result() const {
  return Outcome::result(
      protocol::with_meta(R"({"resultType":"complete"})", protocol::kMetaSubscriptionId, id_));
}

bool Listen::wants(std::string_view method, std::string_view key) const {
  if (method == "notifications/tools/list_changed") return filter_.tools;
  if (method == "notifications/prompts/list_changed") return filter_.prompts;
  if (method == "notifications/resources/list_changed") return filter_.resources;
  if (method == "notifications/resources/updated") {
    return std::find(filter_.uris.begin(), filter_.uris.end(), key) != filter_.uris.end();
  }
  if (method == "notifications/tasks") {
    return std::find(filter_.task_ids.begin(), filter_.task_ids.end(), key) != filter_.task_ids.end();
  }
  return false;
}

void Listen::emit(std::string_view method, std::string_view params) {
  if (over()) return;
  call_->notify(method,
                protocol::with_meta(params.empty() ? "{}" : params, protocol::kMetaSubscriptionId, id_));
}

void Listen::end() { outcome_.set(closing_result()); }

Task<Outcome> Listen::wait(std::shared_ptr<Listen> self) {
  auto slot = self->outcome_;
  Outcome outcome = co_await slot.get();
  co_return outcome;
}

}  // namespace mcp::server
