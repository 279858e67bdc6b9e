#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/timer.h"
#include "internal/gateway/continuations.h"
#include "internal/gateway/input_requests.h"
#include "internal/gateway/link.h"

namespace mcp::gateway {

// One call to a legacy server on behalf of a modern client, across as many of the client's requests as it
// takes (2026-07-28 MRTR). The link is leased to it: whatever the server asks or says there belongs to this
// call. Between two rounds it waits among the Continuations.
class Conversation final : public Continuation, public std::enable_shared_from_this<Conversation> {
 public:
  // Called once, at the end. clean: the link is as if this call had never been, and may serve another.
  using Done = std::function<void(LinkPtr link, bool clean)>;

  // `request`: what the server is sent once nothing is left to be answered first (a server may ask for roots
  // right after its handshake). Its time limits bound each round, not the time between two.
  Conversation(async::Loop& loop, LinkPtr link, client::Request request, Done done);
  ~Conversation() override;

  const LinkPtr& link() const { return link_; }

  // A round of the client's: progress, log messages and cancellation are this call's until the next detach().
  void attach(server::CallPtr call);
  void detach() { call_.reset(); }

  // Goes on until the server's outcome, or until it waits for answers (nullopt). The outcome ends it.
  static Task<std::optional<protocol::Outcome>> turn(std::shared_ptr<Conversation> self);
  // What waits for an answer, as a modern client knows it.
  std::vector<Question> questions() const;
  // The server hears why what this client cannot answer is not asked.
  void refuse_unanswerable(const protocol::ClientCapabilities& client);
  // The client's answer; one that nobody waits for is ignored.
  void answer(const std::string& key, Bytes result);

  // From the link.
  static Task<protocol::Outcome> asked(std::shared_ptr<Conversation> self, jsonrpc::Message question);
  void heard(const jsonrpc::Message& notification);

  // The client gives up, or is given up: the server is told, its questions fail.
  void abandon(Error why);
  void expired() override;

 private:
  struct Open {
    Question question;
    std::optional<async::Slot<protocol::Outcome>> answer;  // none: of -32042, nobody waits at the other end
  };

  // What is left of this round's time; none: it has no limit.
  std::optional<async::Millis> time_left() const;
  void send();
  void reported(const jsonrpc::Message& progress);
  void settle(protocol::Outcome outcome);
  bool asks_to_visit(const protocol::Outcome& outcome);
  void visited(const std::string& key, const Bytes& result);
  void add(Question question, std::optional<async::Slot<protocol::Outcome>> answer);
  void wake();
  void finish(bool clean);

  async::Loop& loop_;
  LinkPtr link_;
  client::Request request_;
  Done done_;
  async::Millis patience_;
  async::Millis longest_;
  std::chrono::steady_clock::time_point round_began_{};
  std::chrono::steady_clock::time_point last_sign_{};  // of life: the round's beginning, or progress
  server::CallPtr call_;
  std::shared_ptr<client::Ticket> ticket_;
  std::optional<protocol::Outcome> outcome_;
  std::map<std::string, Open> open_;  // by key
  std::size_t asked_ = 0;             // questions so far: the next key
  int sent_ = 0;                      // times that the request went out
  bool private_ = false;              // roots were asked for: the server knows this client now
  async::Timer gather_;
  async::Slot<bool> wake_;
};
using ConversationPtr = std::shared_ptr<Conversation>;

}  // namespace mcp::gateway
