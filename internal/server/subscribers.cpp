#include "internal/server/subscribers.h"

#include "internal/base/strings.h"

namespace mcp::server {

void Subscribers::closed(const SessionPtr& session) {
  sessions_.erase(session->id());
  forget_ended();
}

Result<void> Subscribers::subscribe(const SessionPtr& session, const std::string& uri) {
  auto& follower = sessions_[session->id()];
  follower.session = session;
  if (follower.uris.size() >= kMaxUris && !follower.uris.contains(uri)) {
    return fail(ErrorCode::kLimit, "too many subscriptions: " + std::to_string(kMaxUris) + " are held",
                "unsubscribe from some first");
  }
  follower.uris.insert(uri);
  return {};
}

void Subscribers::unsubscribe(const SessionPtr& session, const std::string& uri) {
  auto found = sessions_.find(session->id());
  if (found != sessions_.end()) found->second.uris.erase(uri);
}

Result<void> Subscribers::may_listen() {
  forget_ended();
  if (listens_.size() < kMaxListens) return {};
  return fail(ErrorCode::kLimit, "too many subscriptions: " + std::to_string(kMaxListens) + " are open");
}

void Subscribers::list_changed(std::string_view method) {
  forget_ended();
  for (auto& [id, follower] : sessions_) {
    if (auto session = follower.session.lock()) session->notify(method, {});
  }
  for (auto& listen : listens_) {
    if (listen->wants(method)) listen->emit(method, {});
  }
}

void Subscribers::updated(const std::string& uri) {
  forget_ended();
  constexpr std::string_view kMethod = "notifications/resources/updated";
  std::string params = "{\"uri\":" + json_quote(uri) + "}";
  for (auto& [id, follower] : sessions_) {
    auto session = follower.session.lock();
    if (session && follower.uris.contains(uri)) session->notify(kMethod, params);
  }
  for (auto& listen : listens_) {
    if (listen->wants(kMethod, uri)) listen->emit(kMethod, params);
  }
}

void Subscribers::task_changed(const std::string& task_id, const std::string& detailed) {
  forget_ended();
  constexpr std::string_view kMethod = "notifications/tasks";
  for (auto& listen : listens_) {
    if (listen->wants(kMethod, task_id)) listen->emit(kMethod, detailed);
  }
}

void Subscribers::forget_ended() {
  std::erase_if(listens_, [](const auto& listen) { return listen->over(); });
}

}  // namespace mcp::server
