#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "internal/gateway/admission.h"
#include "internal/gateway/leases.h"

namespace mcp::gateway {

// One configured server and every connection to it: one shared link per era, own links of sessions that
// answer questions, leased ones of modern calls that do (DESIGN §4, "Shared or own child").
class Upstream {
 public:
  // Is there no room for one more instance that one client has to itself, whatever its server? Then why.
  using NoRoom = std::function<std::optional<Error>()>;

  Upstream(async::Loop& loop, runtime::Launcher& launcher, config::ServerEntry entry, std::string client_info,
           std::weak_ptr<LinkEvents> events, telemetry::ServerMeter* meter = nullptr, NoRoom no_room = {});

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
  void adopt(config::ServerEntry entry);
  // Who may be sent to it now, and who waits. Open to everybody once it is retired: what comes in then finds
  // its successor, or why there is none.
  const std::shared_ptr<Admission>& admission() const { return admission_; }
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
  // Instances that one session, or one call, has to itself.
  std::size_t children() const { return own_.size() + leases_.size(); }
  // Why there can be no more of them; nullopt: there can.
  std::optional<Error> no_room() const;
  // Told once for each session that got no instance of its own, and for each call. Only the gateway says who.
  void on_no_room(std::function<void(const Error&)> fn) { tell_no_room_ = std::move(fn); }
  void note_no_room(const std::string& whose);
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
  LinkPtr no_link(const Error& why);
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
  NoRoom no_room_;
  std::function<void(const Error&)> tell_no_room_;
  std::set<std::string> without_own_;  // sessions that were told so
  LinkPtr none_;                       // of sessions that must not share: it says why
  std::shared_ptr<Admission> admission_;
  Leases leases_;
  std::shared_ptr<void> calls_ = std::make_shared<int>(0);
  bool retired_ = false;
};
using UpstreamPtr = std::shared_ptr<Upstream>;

}  // namespace mcp::gateway
