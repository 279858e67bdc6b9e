#pragma once

#include <memory>
#include <string>
#include <vector>

#include "internal/gateway/gateway.h"
#include "internal/gateway/repeat.h"
#include "internal/gateway/roster.h"

namespace mcp::gateway {

// Where a request goes: a link, and the request's params as that server knows them.
struct Target {
  UpstreamPtr upstream;
  LinkPtr link;
  Bytes params;                            // raw, names spliced
  http::Headers headers;                   // Mcp-Param-*
  std::optional<async::Millis> timeout{};  // instead of the server's call_timeout
  bool tasks = true;                       // may the server be told that its client takes tasks?
  bool as_task = false;                    // the answer may be a task
  bool repeated = false;                   // it was sent once already
  bool pinned = false;                     // nobody else can answer, not even this server's successor
};

// One endpoint: the merged one, whose names carry prefixes, or one server alone, whose names are its own.
class View final : public server::Backend, public std::enable_shared_from_this<View> {
 public:
  View(async::Loop& loop, std::weak_ptr<Gateway> gateway, Roster upstreams, bool merged);

  // From now on these. Only the gateway says which.
  void serve(Roster upstreams) { roster_ = std::move(upstreams); }
  // Hold it by a name of its own before suspending.
  Roster upstreams() const { return roster_; }

  Task<server::Offer> offer(server::SessionPtr session) override;
  const std::string& server_info() const override { return info_; }
  Task<protocol::Outcome> handle(server::CallPtr call) override;
  void notified(server::SessionPtr session, const jsonrpc::Message& message) override;
  void session_opened(server::SessionPtr session) override;
  void session_closed(server::SessionPtr session) override;

  // Does a client of this view see the lists of this link?
  bool uses(const Link& link, const std::string& session_id, const protocol::ClientView& client) const;

 private:
  using Finding = Task<tl::expected<Target, protocol::Outcome>>;
  using Owner = std::pair<UpstreamPtr, LinkPtr>;
  using Links = std::vector<Owner>;

  // lists.cpp
  static Task<Links> settle_all(std::shared_ptr<View> self, server::SessionPtr session,
                                protocol::ClientView client);
  static Task<protocol::Outcome> list(std::shared_ptr<View> self, server::CallPtr call, ListKind kind);
  // One server's part of a list.
  struct Part {
    UpstreamPtr upstream;
    LinkPtr link;
    ListingPtr listing;
  };
  using Parts = std::vector<Part>;
  // As this call's principal may see them, and how long the whole may be used.
  static Task<protocol::Freshness> gather(std::shared_ptr<View> self, server::CallPtr call, ListKind kind,
                                          std::shared_ptr<Parts> into);
  // The link of a server that is not there, and of which nothing is known; null: there is none.
  static const Link* first_unknown(const Parts& parts);
  std::string page(const Parts& parts, ListKind kind, std::size_t offset) const;
  async::Loop& loop() const { return loop_; }
  const Bytes& shown(const Item& item) const { return merged_ ? item.shown : item.raw; }

  // route.cpp: each finds the owner of what a request names. Errors are what the client is told.
  // The usual case, without waiting for anybody; nullopt: it has to be looked for.
  std::optional<tl::expected<Target, protocol::Outcome>> by_name_now(const server::CallPtr& call,
                                                                     ListKind kind,
                                                                     const std::string& name) const;
  std::optional<tl::expected<Target, protocol::Outcome>> listed_by(const UpstreamPtr& upstream,
                                                                   const LinkPtr& link,
                                                                   const server::CallPtr& call, ListKind kind,
                                                                   const std::string& name) const;
  static Finding by_name(std::shared_ptr<View> self, server::CallPtr call, ListKind kind, std::string name);
  static Finding by_uri(std::shared_ptr<View> self, server::CallPtr call, std::string uri);
  static Finding by_reference(std::shared_ptr<View> self, server::CallPtr call);
  const Owner* owner_of(const Links& links, const std::string& uri) const;
  bool may_own(const UpstreamPtr& upstream, std::string_view name) const;
  std::optional<Target> unlisted_tool(const server::CallPtr& call, const std::string& name) const;
  const Item* find(const Link& link, ListKind kind, std::string_view name,
                   const std::string& principal) const;

  // forward.cpp
  static Task<protocol::Outcome> forward(std::shared_ptr<View> self, server::CallPtr call, Target target);
  // queueing.cpp: in line for a place at the server. nullopt: it has one, and gives it back; else what the
  // client is told.
  static Task<std::optional<protocol::Outcome>> wait_for_place(std::shared_ptr<View> self,
                                                               server::CallPtr call, UpstreamPtr upstream);
  static Task<protocol::Outcome> send(std::shared_ptr<View> self, server::CallPtr call, Target target,
                                      client::PeerPtr peer);
  // One request on its way: known to the link while it runs, cancelled with its call.
  static Task<protocol::Outcome> transmit(std::shared_ptr<View> self, server::CallPtr call, Target target,
                                          client::PeerPtr peer, client::Request request);
  // Finds, then forwards; or goes on with a conversation of ours. None of these is a coroutine but the one
  // that waits for the finding: each frame costs a call as much as a system call does.
  static Task<protocol::Outcome> named(std::shared_ptr<View> self, server::CallPtr call, Finding finding);
  static Task<protocol::Outcome> by_its_name(std::shared_ptr<View> self, server::CallPtr call, ListKind kind);
  std::optional<Task<protocol::Outcome>> continued(const server::CallPtr& call);
  static Task<protocol::Outcome> find_and_go_on(std::shared_ptr<View> self, server::CallPtr call,
                                                Finding finding);
  static Task<protocol::Outcome> go_on(std::shared_ptr<View> self, server::CallPtr call,
                                       tl::expected<Target, protocol::Outcome> target);
  // What the server is sent on behalf of this call.
  static client::Request compose(const server::CallPtr& call, const Target& target);
  protocol::Outcome bridged(const server::CallPtr& call, const Link& link, protocol::Outcome outcome) const;
  void remember_links(const Link& link, const Bytes& result) const;

  // resend.cpp
  Repeat wants_repeat(const server::CallPtr& call, const Target& target,
                      const protocol::Outcome& outcome) const;
  static Task<protocol::Outcome> resend(std::shared_ptr<View> self, server::CallPtr call, Target target,
                                        Repeat how);
  // relay_questions.cpp: what a server asks back reaches a client of the other era.
  // A modern client's call to a legacy server that may ask: on a link of its own, over several rounds.
  static Task<protocol::Outcome> converse(std::shared_ptr<View> self, server::CallPtr call, Target target,
                                          LinkPtr link);
  static Task<protocol::Outcome> round(std::shared_ptr<View> self, server::CallPtr call,
                                       ConversationPtr conversation);
  // The conversation that this request continues: nullptr when it presents no state of ours.
  tl::expected<ConversationPtr, protocol::Outcome> returning(const server::CallPtr& call) const;
  // A state that is not ours means something to a modern server only.
  std::optional<protocol::Outcome> foreign_state(const server::CallPtr& call, const Link& link) const;
  protocol::Outcome wait_for_answers(const server::CallPtr& call, const ConversationPtr& conversation) const;
  Binding binding_of(const server::CallPtr& call) const;
  // A legacy client's call to a modern server: asked by requests.
  static Task<protocol::Outcome> ask_in_rounds(std::shared_ptr<View> self, server::CallPtr call,
                                               Target target, client::PeerPtr peer, client::Request request);
  // tasks.cpp's counterpart for requests: task_requests.cpp
  static Task<protocol::Outcome> task_request(std::shared_ptr<View> self, server::CallPtr call);
  static Task<protocol::Outcome> list_tasks(std::shared_ptr<View> self, server::CallPtr call);
  // Of the tasks that a listen asks for, those of this client: they stay in the filter; by their links, as
  // the servers know them. Then the listen is told when they are lost.
  std::map<LinkPtr, std::vector<std::string>> watched_tasks(const server::CallPtr& call,
                                                            protocol::ListenFilter& filter) const;
  void watch_tasks(const server::CallPtr& call, const std::shared_ptr<server::Listen>& listen) const;
  bool offers_tasks(const server::CallPtr& call) const;
  bool shows(const Upstream& upstream) const;
  // Before a tools/call goes to its server: may it become a task there? The error when it cannot be what its
  // client wants.
  std::optional<protocol::Outcome> admit_task(const server::CallPtr& call, Target& target) const;
  // What takes the server's answer, and what takes notifications on the call's stream, instead of
  // `otherwise`.
  std::function<void(protocol::Outcome)> task_noting(const server::CallPtr& call, const Target& target,
                                                     async::Slot<protocol::Outcome> answer) const;
  std::function<void(const jsonrpc::Message&)> task_relaying(
      const LinkPtr& link, std::function<void(const jsonrpc::Message&)> otherwise) const;

  static Task<protocol::Outcome> answer(protocol::Outcome outcome);
  static Task<protocol::Outcome> refuse_method(std::string method);
  static Task<protocol::Outcome> refuse_shutdown();
  // Does another server stand in its place now?
  bool superseded(const UpstreamPtr& upstream) const;

  // subscribe.cpp
  static Task<protocol::Outcome> subscribe(std::shared_ptr<View> self, server::CallPtr call);
  static Task<protocol::Outcome> unsubscribe(std::shared_ptr<View> self, server::CallPtr call);
  static Task<protocol::Outcome> set_level(std::shared_ptr<View> self, server::CallPtr call);
  static Task<protocol::Outcome> listen(std::shared_ptr<View> self, server::CallPtr call);
  static Task<LinkPtr> listen_to(std::shared_ptr<View> self, server::CallPtr call, ListeningPtr listening,
                                 std::string uri);

  async::Loop& loop_;
  std::weak_ptr<Gateway> gateway_;
  Roster roster_;
  bool merged_;
  std::string info_;
};

}  // namespace mcp::gateway
