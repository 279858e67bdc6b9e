#pragma once

#include <chrono>
#include <vector>

#include "internal/async/timer.h"

namespace mcp::http {

// The deadlines of many connections on one coarse timer: setting one costs a store, not a timer.
// A deadline is noticed up to one tick late. The timer runs only while there is something to watch.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  // Watched from its first watch() until it is destroyed or ignored.
  class Item {
   public:
    Item() = default;
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;

   protected:
    virtual ~Item();
    // The deadline passed; it is kNever again. May destroy this item and others.
    virtual void expired() = 0;
    Clock::time_point at_ = kNever;

   private:
    friend class Deadlines;
    Deadlines* watcher_ = nullptr;
    std::size_t index_ = 0;
  };

  // The tick is a quarter of the shortest deadline that is asked for, between 5 ms and 1 s.
  Deadlines(async::Loop& loop, async::Millis shortest);
  ~Deadlines();
  // Another shortest one, from the next tick on.
  void expect(async::Millis shortest);

  void watch(Item& item);
  void ignore(Item& item);

 private:
  void tick();

  async::Timer timer_;
  async::Millis period_;
  std::vector<Item*> items_;
};

}  // namespace mcp::http
