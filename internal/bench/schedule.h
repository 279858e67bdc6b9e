#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace mcp::bench {

// When the calls of an open loop are meant to be sent: at a constant rate, whatever became of the calls
// before. Calls that no lane could take wait, with the time they were meant for, so that a target that stalls
// is charged with all that it kept waiting (coordinated omission). Pure. Nanoseconds.
class Schedule {
 public:
  // rate: calls a second, above 0.
  Schedule(double rate, std::int64_t begin);

  // Those whose time has come wait from now on.
  void advance(std::int64_t now);
  // The one that has waited longest; nullopt when none waits.
  std::optional<std::int64_t> take();
  // When the next one's time comes.
  std::int64_t next() const;
  std::size_t waiting() const { return waiting_.size(); }
  // Begins anew at `begin`; those that wait stay.
  void restart(std::int64_t begin);

 private:
  double gap_;
  std::int64_t begin_;
  std::int64_t made_ = 0;  // since begin_
  std::deque<std::int64_t> waiting_;
};

}  // namespace mcp::bench
