#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "internal/async/loop.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// Whether the client of one session is still there. What it sends says so; an open stream does not, because a
// connection can be half open for ever. A client that is silent for too long is asked (`ping`), and has to
// say something. Pure.
class Liveness {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Verdict { kFine, kAsk, kGone };

  explicit Liveness(Clock::time_point now) : active_(now) {}

  // The client sent something.
  void heard(Clock::time_point now) {
    active_ = now;
    asked_.reset();
  }
  // An answer went out to it: counts as activity, but answers no question of ours.
  void served(Clock::time_point now) { active_ = now; }
  // `idle`: how long it may be silent; `grace`: how long the answer may take; reachable: is there a stream
  // that a question could travel on? After kAsk the question is under way.
  Verdict look(Clock::time_point now, async::Millis idle, async::Millis grace, bool reachable);
  // The question; its id is none that the session's owner uses.
  jsonrpc::Message question();
  // Is this the answer to a question of ours? The owner does not know of them.
  bool is_answer(const jsonrpc::Message& message) const;

 private:
  Clock::time_point active_;
  std::optional<Clock::time_point> asked_;
  std::uint64_t questions_ = 0;
};

}  // namespace mcp::transport
