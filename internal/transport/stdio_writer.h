#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "internal/async/loop.h"
#include "internal/async/timer.h"
#include "internal/base/error.h"
#include "internal/base/rope.h"

namespace mcp::transport {

class StdioDescriptor;

// Writes lines to one descriptor without ever blocking: what is queued in one turn of the loop goes out in
// one gather write. Takes the descriptor over. Lives on the loop.
class StdioWriter : public std::enable_shared_from_this<StdioWriter> {
 public:
  // on_failure: the reader is gone (EPIPE) or the write failed; called at most once, from the loop.
  StdioWriter(async::Loop& loop, int descriptor, std::size_t max_queue,
              std::function<void(Error)> on_failure);
  ~StdioWriter();

  // The line end is added here. A line is taken whatever its size while less than max_queue bytes are unsent.
  // Errors: kLimit (as many are unsent already), kUnavailable (failed or closed).
  Result<void> write(Rope line);
  // Calls fn once, from the loop, when nothing is unsent; never after a failure or close().
  void when_sent(std::function<void()> fn);
  // Writes what is queued, for kLinger at most, then closes the descriptor. Nothing is reported any more.
  void close();

 private:
  void schedule();
  void flush();
  bool write_once();
  void wait_writable();
  void drop(std::size_t written);
  void stop(std::optional<Error> why);

  async::Loop& loop_;
  std::unique_ptr<StdioDescriptor> descriptor_;
  std::size_t max_queue_;
  std::function<void(Error)> on_failure_;
  std::function<void()> on_sent_;
  async::Timer linger_;
  std::deque<Rope> lines_;
  std::size_t written_of_first_ = 0;  // counts the line end
  std::size_t queued_bytes_ = 0;
  bool busy_ = false;  // a flush is posted, or waits for room
  bool closing_ = false;
};

}  // namespace mcp::transport
