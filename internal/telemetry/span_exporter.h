#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "internal/async/timer.h"
#include "internal/telemetry/span.h"

namespace mcp::telemetry {

// Where batches go: a collector over HTTP, or a test's list.
class Sink {
 public:
  virtual ~Sink() = default;
  // Takes one encoded batch; calls done on the loop, once, never inside this call.
  virtual void send(std::string body, std::function<void(Result<void>)> done) = 0;
};

struct SpanExporterOptions {
  std::string service = "mcp";
  std::string version = {};
  std::size_t max_queue = 4'096;  // spans that wait; the next ones are dropped and counted
  std::size_t max_batch = 512;
  async::Millis interval{2'000};  // a batch that is not full goes after this
};

// Collects spans and hands them over in batches, one batch at a time. A batch that fails is sent once more
// after the interval; then its spans are dropped and counted. Never holds the loop up, never grows without
// end.
class SpanExporter : public std::enable_shared_from_this<SpanExporter> {
 public:
  SpanExporter(async::Loop& loop, std::shared_ptr<Sink> sink, SpanExporterOptions options);

  void record(Span span);
  // Sends what waits, now. flushed() when nothing is left or on its way.
  void flush();
  bool flushed() const { return queue_.empty() && !sending_ && retry_.empty(); }

  std::uint64_t exported() const { return exported_; }
  std::uint64_t dropped() const { return dropped_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  void schedule();
  void send_next();
  void sent(const Result<void>& outcome, bool was_retry);

  std::shared_ptr<Sink> sink_;
  SpanExporterOptions options_;
  std::deque<Span> queue_;
  std::string retry_;  // the batch that failed once
  std::size_t batch_spans_ = 0;
  bool sending_ = false;
  bool flushing_ = false;
  std::uint64_t exported_ = 0;
  std::uint64_t dropped_ = 0;
  async::Timer timer_;
};

}  // namespace mcp::telemetry
