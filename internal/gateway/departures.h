#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "internal/async/timer.h"

namespace mcp::gateway {

// What was taken out of service and still has something to finish: each ends once it is no longer busy, or at
// its deadline. Lives on the loop.
class Departures {
 public:
  struct Leaver {
    std::function<bool()> busy;
    std::function<void(bool in_time)> end;  // called once
  };

  explicit Departures(async::Loop& loop) : timer_(loop) {}

  // Ends it at once when it is not busy.
  void add(Leaver leaver, async::Millis deadline);
  // Ends all that are left, now.
  void end_all();
  std::size_t size() const { return waiting_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Leaver leaver;
    Clock::time_point deadline;
  };
  void look();

  async::Timer timer_;
  std::vector<Waiting> waiting_;
};

}  // namespace mcp::gateway
