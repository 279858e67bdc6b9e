#pragma once

#include <list>
#include <map>
#include <memory>
#include <string_view>

#include "internal/transport/event_stream.h"
#include "internal/transport/http_endpoint.h"
#include "internal/transport/replay_ring.h"

namespace mcp::transport {

// All event streams of one legacy session: the general one (number 0), which a GET opens and which carries
// what belongs to no request, and one for each POST that is answered as a stream.
class SessionStreams {
 public:
  // room: for answers larger than a ring; shared with other sessions.
  SessionStreams(const HttpEndpointOptions& options, std::shared_ptr<ReplayRoom> room);

  // Revisions from 2025-11-25 on get a priming event (SEP-1699).
  void set_priming(bool on) { priming_ = on; }
  bool priming() const { return priming_; }

  // more: header fields beside those of every stream.
  std::shared_ptr<EventStream> open_post(http::ExchangePtr exchange, http::Headers more);

  // A GET without Last-Event-ID: takes the general stream over from an older connection, and gets what waited
  // for one.
  void open_general(http::ExchangePtr exchange);
  // A GET with Last-Event-ID: the rest of the stream that the id names, as far as the ring still has it. The
  // stream of a running request goes on on this connection; that of an answered one ends behind its response,
  // or is answered with 204 when nothing is left of it. An id that we never gave opens the general stream.
  void resume(http::ExchangePtr exchange, std::string_view last_event_id);
  // On the general stream, or kept for it. Errors: kLimit (nobody opens one).
  Result<void> send_general(const jsonrpc::Message& message);

  EventStream& general() const { return *general_; }
  // Comments on idle streams, ends old connections.
  void sweep(EventStream::Clock::time_point now);
  void close();

 private:
  http::Headers headers() const;
  void flush_waiting();

  const HttpEndpointOptions& options_;
  ReplayRing ring_;
  std::shared_ptr<EventStream> general_;
  std::map<std::uint64_t, std::weak_ptr<EventStream>> posts_;  // of requests that still run
  std::list<Rope> waiting_;                                    // for a general stream
  std::size_t waiting_bytes_ = 0;
  std::uint64_t next_ = 1;
  bool priming_ = false;
};

}  // namespace mcp::transport
