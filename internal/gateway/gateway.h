#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "internal/async/timer.h"
#include "internal/gateway/account.h"
#include "internal/gateway/conversation.h"
#include "internal/gateway/departures.h"
#include "internal/gateway/listening.h"
#include "internal/gateway/mentioned_links.h"
#include "internal/gateway/overlaps.h"
#include "internal/gateway/reload_plan.h"
#include "internal/gateway/roster.h"
#include "internal/gateway/tasks.h"

namespace mcp::gateway {

struct GatewayOptions {
  std::vector<config::ServerEntry> servers;  // in the order in which they win
  std::string info;                          // raw Implementation: how we call ourselves on both sides
  // How long a list or a handshake waits for servers that are still starting; measured from the question.
  async::Millis list_patience{1'500};
  std::size_t page_size = 1'000;
  std::size_t remembered_links = 4'096;  // uris of resource links that tools mentioned
  ContinuationLimits continuations;      // modern calls that wait for their client's answers
  TaskRouteLimits tasks;
  std::size_t max_subscriptions = 1'000;  // to resources, on one connection to a server
  std::size_t max_questions = 64;         // to one client, that wait for an answer
  std::size_t max_children = 1'024;       // instances that single clients have to themselves, of all servers
  std::shared_ptr<Account> account;       // who keeps account; null: an own one
};

// What the start table, /ready and --json say of one server.
struct ServerStatus {
  std::string name;
  std::string kind;  // "command", "url", "builtin"
  // Link::State as text; "failed" also while a connection stands that nobody may use; "incomplete": ready,
  // but for a list that could not be read yet.
  std::string state;
  std::string era;  // empty until known
  std::size_t tools = 0, prompts = 0, resources = 0;
  std::int64_t start_ms = 0;
  std::size_t starts = 0;
  bool required = false;
  std::string error, hint;       // why it is not available, or incomplete
  std::string last_error;        // the latest trouble, also of a server that is well again
  std::string breaker;           // "closed", "open", "half-open"
  std::int64_t retry_at_ms = 0;  // when it is tried again, since 1970; 0: nobody waits for that
  pid_t pid = 0;                 // of the shared child; 0: none
  std::string start;             // "eager", "demand"
  // Of that child, the latest; profile "none": it has no sandbox. Empty profile: no child, nothing to shut
  // in.
  sandbox::Evidence sandbox;
};

class View;

// Changes of several lists and servers that come together reach a client as one notification a list.
inline constexpr async::Millis kFlushAfter{20};
std::string_view notification_of(ListKind kind);
// What calls are told that a shutdown does not let run.
Error shutting_down();

// The servers behind one door, merged. Lives on the loop.
class Gateway final : public LinkEvents, public std::enable_shared_from_this<Gateway> {
 public:
  static std::shared_ptr<Gateway> create(async::Loop& loop, runtime::Launcher& launcher,
                                         GatewayOptions options);
  ~Gateway() override;

  void start();
  // Running calls fail with `why`; listens get their closing result.
  void stop(const Error& why = shutting_down());
  bool stopped() const { return stopped_; }
  // Listens that are open: calls that end only when we say so.
  std::size_t open_listens() const;

  // reload.cpp: these servers from now on. Those that stay the same (same_server()) are not touched; calls
  // that run on the others may finish until the deadline, then they fail.
  ReloadPlan apply(std::vector<config::ServerEntry> servers, async::Millis drain_deadline);

  // From now on; those that are there stay.
  void limit_children(std::size_t max_children) { options_.max_children = max_children; }

  // The merged endpoint ("") or one server alone; null when there is no such server.
  std::shared_ptr<server::Backend> backend(const std::string& route);
  std::vector<ServerStatus> statuses() const;
  // Why none of the servers that are commands can be started any more; unset: they can, or there is none.
  std::optional<Error> commands_lost() const;
  // Of a server that is a process; nullptr: it never had an instance.
  const runtime::ServerCounts* counts(const std::string& server) const { return launcher_.counts(server); }
  // Every server has come up or failed once.
  bool all_settled() const;
  // Called when a server's state changes.
  void on_change(std::function<void()> fn) { changed_ = std::move(fn); }

  // --- for views ---
  async::Loop& loop() { return loop_; }
  const GatewayOptions& options() const { return options_; }
  const std::shared_ptr<Account>& account() const { return options_.account; }
  const Roster& roster() const { return roster_; }
  void add_session(const server::SessionPtr& session, const std::shared_ptr<View>& view);
  void remove_session(const server::SessionPtr& session);
  void add_listen(const std::shared_ptr<server::Listen>& listen, const std::shared_ptr<View>& view,
                  const ListeningPtr& resources);
  // Resources that results mentioned.
  MentionedLinks& links() { return links_; }
  // Calls that wait for their client's answers.
  Continuations& continuations() { return continuations_; }
  // From now on what the link's server asks and says belongs to this conversation.
  void lend(const LinkPtr& link, const ConversationPtr& conversation);
  // Its end; clean: the link may serve another.
  void take_back(const UpstreamPtr& upstream, const LinkPtr& link, bool clean);

  // log_relay.cpp: who wants to hear what of whose log.
  void set_client_level(const server::CallPtr& call, const UpstreamPtr& upstream, const std::string& level);
  // For the time of one modern call on a shared link.
  static Task<void> raise_level(std::shared_ptr<Gateway> self, server::CallPtr call, LinkPtr link);
  void lower_level(const server::CallPtr& call, const LinkPtr& link);
  TaskRoutes& tasks() { return tasks_; }

  void link_state(Link& link) override;
  void link_listed(Link& link, ListKind kind) override;
  void link_notified(Link& link, const jsonrpc::Message& message) override;
  Task<client::Outcome> link_asked(std::shared_ptr<Link> link, jsonrpc::Message question,
                                   std::optional<jsonrpc::Id> related) override;

 private:
  struct Client {
    std::weak_ptr<server::Session> session;
    std::weak_ptr<View> view;
    std::set<std::string> pending;  // list_changed notifications to be sent at the next flush
    std::string level;              // as it was set; empty: never
  };
  struct Listener {
    std::weak_ptr<server::Listen> listen;
    std::weak_ptr<View> view;
    std::weak_ptr<Listening> resources;
    std::set<std::string> pending;
  };

  Gateway(async::Loop& loop, runtime::Launcher& launcher, GatewayOptions options);
  UpstreamPtr make_upstream(const config::ServerEntry& entry);
  // Why no client gets one more instance to itself; nullopt: it may.
  std::optional<Error> no_room() const;
  void report_overlaps();
  void flush_changes();
  void deliver_update(Link& link, const jsonrpc::Message& message);
  void deliver_log(Link& link, const jsonrpc::Message& message);
  ConversationPtr conversation_on(const Link& link) const;
  Upstream* upstream_of(const Link& link) const;
  std::string loudest(const LinkPtr& link) const;
  void tune(const LinkPtr& link);
  void tune_all();
  void adopt_levels(Link& link);

  // reload.cpp
  void seat_views(async::Millis drain_deadline);
  void close_view(const std::shared_ptr<View>& view, async::Millis drain_deadline);
  void dismiss(const server::SessionPtr& session, async::Millis drain_deadline);
  void dismiss(const UpstreamPtr& upstream, async::Millis drain_deadline);
  void introduce(const UpstreamPtr& upstream, const UpstreamPtr& predecessor);
  void move_listening(Listener& listener);
  void announce(const ReloadPlan& plan, const Roster& before);
  void note_change(ListKind kind, const Roster& before);
  void schedule_flush();

  async::Loop& loop_;
  runtime::Launcher& launcher_;
  GatewayOptions options_;
  Roster roster_;
  std::map<std::string, std::shared_ptr<View>> views_;
  std::map<std::string, Client> clients_;  // by session id
  std::vector<Listener> listeners_;
  std::size_t sweep_listeners_at_ = 64;
  MentionedLinks links_;
  Overlaps overlaps_;
  Continuations continuations_;
  std::map<const Link*, std::weak_ptr<Conversation>> conversations_;
  std::size_t unset_levels_ = 0;  // clients that never set one
  TaskRoutes tasks_;
  async::Timer flush_;
  bool held_ = false;               // flush_ waits for what a reload started
  std::vector<UpstreamPtr> fresh_;  // started by a reload, not yet settled
  Departures departures_;
  bool stopped_ = false;
  std::function<void()> changed_;
};

}  // namespace mcp::gateway
