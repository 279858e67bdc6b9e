#pragma once

#include <memory>
#include <optional>

#include "internal/bench/plan.h"
#include "internal/bench/wire.h"

namespace mcp::bench {

// One connection of a session with at most one call in flight.
class Lane {
 public:
  Lane(std::unique_ptr<Wire> wire, RequestBytes call, const GroupPlan& plan, bool raw)
      : wire_(std::move(wire)), call_(std::move(call)), least_bytes_(plan.least_bytes), raw_(raw) {}

  bool busy() const { return busy_; }
  // Of the call in flight, or the last: when it was meant to be sent.
  std::int64_t meant() const { return meant_; }
  int descriptor() const { return wire_->descriptor(); }
  bool has_unsent() const { return unsent_ > 0; }
  // The connection is over: the next call needs another.
  bool ended() const { return ended_; }
  void replace(std::unique_ptr<Wire> wire);

  // Sends the call under this number. A verdict when it failed at once.
  std::optional<Verdict> send(std::int64_t number, std::int64_t meant);
  // The socket can take more. The same.
  std::optional<Verdict> writable();
  // Reads what is there, into `room`. A verdict when the call is over.
  std::optional<Verdict> readable(std::string& room);
  // No answer came in time.
  void give_up() { busy_ = false, ended_ = true; }

 private:
  std::optional<Verdict> over(Verdict verdict);
  std::optional<Verdict> closed();

  std::unique_ptr<Wire> wire_;
  RequestBytes call_;
  ResponseReader reader_;
  std::uint64_t least_bytes_;
  bool raw_;
  std::int64_t meant_ = 0;
  std::size_t unsent_ = 0;
  bool busy_ = false;
  bool ended_ = false;
};

}  // namespace mcp::bench
