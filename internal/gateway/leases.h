#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "internal/async/timer.h"
#include "internal/gateway/link.h"

namespace mcp::gateway {

struct LeaseLimits {
  std::size_t links = 256;  // of one server, at work and idle
  std::size_t idle = 8;     // of them, kept for the next call
  async::Millis idle_time{60'000};
};

// The links of one legacy server that modern calls have to themselves, one call at a time, so that a question
// of the server's has one possible addressee. An idle one serves the same principal with the same
// capabilities again.
class Leases {
 public:
  using Maker = std::function<LinkPtr(protocol::ClientCapabilities told, std::string owner)>;

  // room: may another be made? Null: the limits alone say so.
  Leases(async::Loop& loop, Maker make, LeaseLimits limits = {}, std::function<bool()> room = {});

  // A link initialised with exactly these capabilities, perhaps not started yet; null when there are too
  // many.
  LinkPtr take(const std::string& principal, const protocol::ClientCapabilities& told);
  // clean: may serve another call; else it is ended.
  void give_back(const LinkPtr& link, bool clean);
  // The link asked or failed while nobody had it.
  void drop(const Link& link);
  // Idle links end, and no link becomes idle any more; those at work go on.
  void retire();
  void stop(const Error& why = {ErrorCode::kUnavailable, "the server was stopped", {}});

  std::size_t size() const { return busy_.size() + idle_.size(); }
  std::vector<LinkPtr> links() const;
  std::size_t idle() const { return idle_.size(); }
  // At work, or saying their last word.
  std::size_t busy() const { return busy_.size() + leaving_.size(); }
  // Is this the owner of a leased link?
  static bool owns(const std::string& owner);

 private:
  struct Idle {
    std::string key;
    LinkPtr link;
    async::Timer deadline;
  };

  bool is_full() const { return size() >= limits_.links || (room_ && !room_()); }
  // Stops it after a last word: answers to its questions, the cancellation of its call.
  void dismiss(const LinkPtr& link);
  static void end(std::list<Idle>& list, std::list<Idle>::iterator idle);

  async::Loop& loop_;
  Maker make_;
  LeaseLimits limits_;
  std::function<bool()> room_;
  std::map<LinkPtr, std::string> busy_;  // whose they are
  std::list<Idle> idle_;                 // the longest idle first
  std::list<Idle> leaving_;
};

}  // namespace mcp::gateway
