#pragma once

#include <map>
#include <optional>

#include "internal/async/loop.h"
#include "internal/async/slot.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/exchange.h"

namespace mcp::server {

// The questions we asked a legacy client and that it has not answered yet, under ids of our own.
class QuestionTable {
 public:
  struct Open {
    jsonrpc::Id id;
    async::Slot<protocol::Outcome> answer;
  };

  QuestionTable(async::Loop& loop, std::size_t max) : loop_(loop), max_(max) {}

  // `related`: the call that asks. Errors: kLimit (too many unanswered).
  Result<Open> add(std::optional<jsonrpc::Id> related);
  // A response of the client. false: it answers no question of ours.
  bool settle(const jsonrpc::Message& response);
  void drop(const jsonrpc::Id& question) { open_.erase(question); }
  // Ends the questions of one call; their ids, so that the client can be told.
  std::vector<jsonrpc::Id> cancel(const jsonrpc::Id& related);
  void fail_all(const Error& why);
  std::size_t size() const { return open_.size(); }

 private:
  struct Entry {
    std::optional<jsonrpc::Id> related;
    async::Slot<protocol::Outcome> answer;
  };

  async::Loop& loop_;
  std::size_t max_;
  std::int64_t next_ = 1;
  std::map<jsonrpc::Id, Entry> open_;
};

}  // namespace mcp::server
