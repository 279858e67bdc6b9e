#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "internal/gateway/leases.h"

namespace mcp::gateway {

// One configured server and every connection to it: one shared link per era, own links of sessions that
// answer questions, leased ones of modern calls that do (DESIGN §4, "Shared or own child").
class Upstream {
 public:
  Upstream(async::Loop& loop, runtime::Launcher& launcher, config::ServerEntry entry, std::string client_info,
           std::weak_ptr<LinkEvents> events, telemetry::ServerMeter* meter = nullptr);

  const config::ServerEntry& entry() const { return entry_; }
  const std::string& name() const { return entry_.name; }

  // At once, or (start = "demand") not before somebody needs it.
  void start();
  // Running calls fail with `why`.
  void stop(const Error& why = {ErrorCode::kUnavailable, "the server was stopped", {}});
  // Taken out of service: running calls go on, nothing is started any more.
  void retire(const Error& why);
  // A call that it has not answered yet, as long as the pointer lives.
  std::shared_ptr<void> begin_call() { return calls_; }
  // Calls that it has not answered yet, those among them that wait for their client's answers.
  std::size_t running() const;
  // Takes over what same_server() does not look at.
  void adopt(config::ServerEntry entry) { entry_ = std::move(entry); }
  // Every connection there is, but for leased ones.
  std::vector<LinkPtr> links() const;
  // Is it one of its connections?
  bool has(const Link& link) const;

  // The link whose state and lists speak for the server.
  const LinkPtr& primary() const { return primary_; }

  // The link that serves this client at this moment, started if need be. `session` is asked for own links
  // only. Until the primary link is settled it is the answer: wait for it, then ask again (settle()).
  LinkPtr pick(const server::SessionPtr& session, const protocol::ClientView& client);
  // pick(), after waiting until what it depends on is known, at most for `patience`. A call waits in earnest;
  // a list waits only for what is left of the patience with a server's first start.
  enum class Wait { kCall, kList };
  static Task<LinkPtr> settle(std::shared_ptr<Upstream> upstream, server::SessionPtr session,
                              protocol::ClientView client, Wait wait, async::Millis patience);

  // Would this client be served by this link?
  bool serves(const Link& link, const std::string& session_id, const protocol::ClientView& client) const;
  void session_closed(const std::string& session_id);
  std::size_t own_links() const { return own_.size(); }
  // The links that serve several clients; there is one at least.
  std::vector<LinkPtr> shared() const;
  // A modern client's call that a legacy server may answer with questions gets a link to itself.
  bool wants_lease(const Link& link, const protocol::ClientView& client) const;
  Leases& leases() { return leases_; }
  const std::map<std::string, LinkPtr>& own() const { return own_; }

 private:
  async::Millis list_patience(const Link& link, async::Millis patience) const;
  bool wants_own(const protocol::ClientView& client) const;
  LinkPtr make_link(client::EraChoice era, protocol::ClientCapabilities capabilities, std::string owner);
  LinkPtr own_link(const server::SessionPtr& session, const protocol::ClientView& client);
  LinkPtr shared_legacy();
  void start_eagerly(const LinkPtr& link) const;

  async::Loop& loop_;
  runtime::Launcher& launcher_;
  config::ServerEntry entry_;
  std::string client_info_;
  std::weak_ptr<LinkEvents> events_;
  telemetry::ServerMeter* meter_;
  LinkPtr primary_;
  LinkPtr legacy_;                      // of a server whose primary link is modern
  std::map<std::string, LinkPtr> own_;  // by session id
  Leases leases_;
  std::shared_ptr<void> calls_ = std::make_shared<int>(0);
  bool retired_ = false;
};
using UpstreamPtr = std::shared_ptr<Upstream>;

}  // namespace mcp::gateway
