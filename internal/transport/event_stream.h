#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "internal/async/loop.h"
#include "internal/http/server.h"
#include "internal/jsonrpc/message.h"
#include "internal/transport/replay_ring.h"

namespace mcp::transport {

// One stream of events to a client. Over legacy HTTP it outlives its connection: what is sent meanwhile waits
// in the session's ring, and a GET with Last-Event-ID carries on. Lives on the loop.
class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  using Clock = std::chrono::steady_clock;

  // ring: null for a stream that cannot be resumed (modern); its events have no ids.
  EventStream(std::uint64_t number, ReplayRing* ring) : number_(number), ring_(ring) {}

  std::uint64_t number() const { return number_; }
  bool connected() const { return exchange_ != nullptr; }
  std::uint64_t sent() const { return sent_; }

  // Sends the head of the answer. A connection that carried the stream before is ended.
  void connect(http::ExchangePtr exchange, http::Headers headers);
  // The event that gives the client an id to come back with, before there is anything to say (SEP-1699).
  void prime(async::Millis retry);
  // What came after event `number`.
  void replay(std::uint64_t number);
  // answers: the request whose response the message is.
  void send(const Rope& message, bool last, std::optional<jsonrpc::Id> answers = {});
  // The same for a notification of a running request. A log message or a progress report is left out while
  // the client is far behind with reading: a flood of them must not cost it the answer, whose stream is cut
  // when its queue is full. Both may be limited (2025-11-25 logging, "Security"; progress, "Implementation
  // Notes").
  void send_notification(const jsonrpc::Message& message);
  // A comment when nothing was written for `interval`.
  void heartbeat(Clock::time_point now, async::Millis interval);
  // Ends a connection that is as old as this, when its client can come back for the rest: true. 0: none.
  bool limit_age(Clock::time_point now, async::Millis age);
  // Ends the connection; the stream stays.
  void disconnect();
  // Called whenever a client leaves the stream, of a stream that can be resumed.
  void on_lost(std::function<void()> fn) { on_lost_ = std::move(fn); }

 private:
  void write(Rope chunk);
  void lost(const http::Exchange* which);

  std::uint64_t number_;
  ReplayRing* ring_;
  http::ExchangePtr exchange_;
  std::uint64_t sent_ = 0;  // number of the latest event
  std::function<void()> on_lost_;
  Clock::time_point connected_at_;
  Clock::time_point last_write_;
};

}  // namespace mcp::transport
