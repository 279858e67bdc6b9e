#include "internal/gateway/standing.h"

#include "internal/base/strings.h"

namespace mcp::gateway {

void Standing::connect(client::PeerPtr peer) {
  peer_ = std::move(peer);
  tell_log_level();
  for (const auto& [uri, sessions] : subscribers_) tell("resources/subscribe", uri);
}

void Standing::set_log_level(std::string level) {
  log_level_ = std::move(level);
  tell_log_level();
}

void Standing::tell_log_level() {
  bool hears =
      peer_ && peer_->server().era() == protocol::Era::kLegacy && peer_->server().capabilities.logging;
  if (!hears || log_level_.empty()) return;
  client::Request request;
  request.method = "logging/setLevel";
  request.params = Bytes::adopt("{\"level\":" + json_quote(log_level_) + "}");
  peer_->start(std::move(request), [](client::Outcome) {});
}

void Standing::tell(std::string method, const std::string& uri) {
  client::Request request;
  request.method = std::move(method);
  request.params = Bytes::adopt("{\"uri\":" + json_quote(uri) + "}");
  peer_->start(std::move(request), [](client::Outcome) {});
}

void Standing::forget_session(const std::string& session_id) {
  for (auto entry = subscribers_.begin(); entry != subscribers_.end();) {
    bool was_last = entry->second.erase(session_id) > 0 && entry->second.empty();
    if (was_last && peer_) tell("resources/unsubscribe", entry->first);
    entry = entry->second.empty() ? subscribers_.erase(entry) : std::next(entry);
  }
}

void Standing::clear() {
  disconnect();
  subscribers_.clear();
}

}  // namespace mcp::gateway
