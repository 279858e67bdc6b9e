#include "internal/server/listen.h"

#include <algorithm>
#include <utility>

#include "internal/protocol/meta.h"

namespace mcp::server {

Listen::Listen(CallPtr call, protocol::ListenFilter agreed)
    : call_(std::move(call)), filter_(std::move(agreed)) {}

std::shared_ptr<Listen> Listen::open(CallPtr call, protocol::ListenFilter agreed) {
  std::shared_ptr<Listen> listen(new Listen(std::move(call), std::move(agreed)));
  listen->emit("notifications/subscriptions/acknowledged",
               "{\"notifications\":" + protocol::to_json(listen->filter_) + "}");
  listen->call_->last(listen);
  return listen;
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
  if (over_) return;
  const std::string& id = call_->message().id->raw();
  call_->notify(method,
                protocol::with_meta(params.empty() ? "{}" : params, protocol::kMetaSubscriptionId, id));
}

void Listen::end() {
  const std::string& id = call_->message().id->raw();
  conclude(Outcome::result(
      protocol::with_meta(R"({"resultType":"complete"})", protocol::kMetaSubscriptionId, id)));
}

void Listen::cancelled() {
  conclude(Outcome::failure(Error{ErrorCode::kCancelled, "the client ended the subscription", {}}));
}

void Listen::conclude(Outcome outcome) {
  if (std::exchange(over_, true)) return;
  auto self = shared_from_this();  // the call lets go of us
  if (auto tell = std::exchange(on_over_, nullptr)) tell();
  call_->conclude(std::move(outcome));
}

void Listen::on_over(std::function<void()> fn) {
  if (over_) return fn();
  on_over_ = std::move(fn);
}

}  // namespace mcp::server
