#include "internal/gateway/standing.h"

#include <utility>
#include <vector>

#include "internal/base/strings.h"
#include "internal/gateway/following.h"

namespace mcp::gateway {
namespace {

constexpr async::Millis kLevelPatience{5'000};  // with the answer to logging/setLevel

}  // namespace

void Standing::connect(client::PeerPtr peer) {
  peer_ = std::move(peer);
  if (hears_log_level()) peer_->start(level_request(), [](client::Outcome) {});
  if (!is_legacy()) return;
  for (const auto& [uri, hearers] : subscribers_) tell("resources/subscribe", uri);
}

bool Standing::hears_log_level() const {
  return is_legacy() && peer_->server().capabilities.logging && !log_level_.empty();
}

client::Request Standing::level_request() const {
  client::Request request;
  request.method = "logging/setLevel";
  request.params = Bytes::adopt("{\"level\":" + json_quote(log_level_) + "}");
  request.timeout = kLevelPatience;
  return request;
}

void Standing::set_log_level(std::string level) {
  log_level_ = std::move(level);
  if (hears_log_level()) peer_->start(level_request(), [](client::Outcome) {});
}

std::optional<client::Request> Standing::change_log_level(std::string level) {
  if (log_level_ == level) return std::nullopt;
  log_level_ = std::move(level);
  if (!hears_log_level()) return std::nullopt;
  return level_request();
}

void Standing::tell(std::string method, const std::string& uri) {
  client::Request request;
  request.method = std::move(method);
  request.params = Bytes::adopt("{\"uri\":" + json_quote(uri) + "}");
  peer_->start(std::move(request), [](client::Outcome) {});
}

void Standing::give_up(const std::string& uri) {
  if (auto stream = followings_.extract(uri)) return stream.mapped()->stop();
  if (is_legacy()) tell("resources/unsubscribe", uri);
}

bool Standing::subscribe(const std::string& uri, const std::string& who, Hear hear) {
  auto& hearers = subscribers_[uri];
  bool first = hearers.empty();
  hearers[who] = std::move(hear);
  return first;
}

Standing::Subscribers Standing::take() {
  for (auto& [uri, following] : std::exchange(followings_, {})) following->stop();
  return std::exchange(subscribers_, {});
}

void Standing::leave(const std::string& uri, const std::string& who) {
  auto entry = subscribers_.find(uri);
  if (entry == subscribers_.end() || entry->second.erase(who) == 0 || !entry->second.empty()) return;
  subscribers_.erase(entry);
  give_up(uri);
}

void Standing::forget_session(const std::string& session_id) {
  std::vector<std::string> uris;
  for (const auto& [uri, hearers] : subscribers_) {
    if (hearers.count(session_id) != 0) uris.push_back(uri);
  }
  for (const std::string& uri : uris) leave(uri, session_id);
}

void Standing::clear() {
  disconnect();
  (void)take();
}

}  // namespace mcp::gateway
