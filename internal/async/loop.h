#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "internal/async/task.h"

namespace mcp::async {

using Millis = std::chrono::milliseconds;

// The event loop: one thread owns every session, socket, child and timer, so none of them needs a lock.
// All members but post() belong to the loop's thread.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(), or until nothing is left to wait for. What serves runs so: memory of operations and
  // coroutines is kept from one handler to the next.
  void run();
  // Runs until done() is true or the deadline has passed; returns done(). For tests, start-up and the end:
  // done() is looked at after every handler, which costs each of them its memory.
  bool run_until(const std::function<bool()>& done, Millis deadline);
  // Runs what is ready now, and what that makes ready, without waiting for anything.
  void run_ready();
  void stop();

  // Thread-safe. fn runs on the loop, never inside this call.
  void post(std::function<void()> fn);
  // Starts a coroutine that nobody waits for. An exception in it ends the program.
  void spawn(Task<void> task);

  // Runs work on the pool of two threads (hashing, name resolution, large validation), then done on the loop.
  void offload(std::function<void()> work, std::function<void()> done);

  Executor executor() { return context_.get_executor(); }
  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace mcp::async
