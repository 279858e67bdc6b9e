#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "internal/server/listen.h"
#include "internal/server/session.h"

namespace mcp::server {

// Who wants to hear of changes: legacy sessions (list_changed always, updates by resources/subscribe) and the
// listens of modern clients.
class Subscribers {
 public:
  // of one legacy session, and of all modern clients
  static constexpr std::size_t kMaxUris = 1000;
  static constexpr std::size_t kMaxListens = 1024;

  void opened(const SessionPtr& session) { sessions_[session->id()].session = session; }
  void closed(const SessionPtr& session);
  // Errors: kLimit.
  Result<void> subscribe(const SessionPtr& session, const std::string& uri);
  void unsubscribe(const SessionPtr& session, const std::string& uri);
  // Errors: kLimit.
  Result<void> may_listen();
  void add(std::shared_ptr<Listen> listen) { listens_.push_back(std::move(listen)); }
  // Lets go of listens that are over: they hold their call, and with it the session and its backend.
  void forget_ended();

  // notifications/tools/list_changed and its kin.
  void list_changed(std::string_view method);
  void updated(const std::string& uri);
  // notifications/tasks of the extension, to the listens that name this task. detailed: raw DetailedTask.
  void task_changed(const std::string& task_id, const std::string& detailed);
  std::size_t listens() const { return listens_.size(); }

 private:
  struct Follower {
    std::weak_ptr<Session> session;
    std::set<std::string> uris;
  };

  std::map<std::string, Follower> sessions_;  // by Session::id
  std::vector<std::shared_ptr<Listen>> listens_;
};

}  // namespace mcp::server
