#pragma once

#include <functional>

#include "internal/async/loop.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/http_endpoint.h"
#include "internal/transport/replay_ring.h"

namespace mcp::transport {

// What the sessions and requests of one HttpEndpoint share. Held by each of them: they may outlive the
// endpoint.
struct EndpointContext {
  EndpointContext(async::Loop& on, HttpEndpointOptions limits) : loop(on), options(limits) {}

  async::Loop& loop;
  HttpEndpointOptions options;
  std::size_t in_flight = 0;      // calls not answered yet, without subscriptions/listen
  std::function<void()> on_call;  // one began: the sweep has to look more often
  std::size_t sessions = 0;       // open ones of every transport
  bool draining = false;          // no new ones
  std::shared_ptr<ReplayRoom> replay_room =
      std::make_shared<ReplayRoom>(ReplayRoom{options.replay_room_bytes});

  void begin_call() {
    ++in_flight;
    if (on_call) on_call();
  }
  void note_refused(std::string_view limit) const {
    if (options.refused) options.refused(limit);
  }
  bool is_full() const { return sessions >= options.max_sessions; }
};

// The answer to a body that is too much of what the key `limit` of [serve] bounds; it is counted.
inline http::Response too_much(const EndpointContext& context, Error why, std::string_view limit,
                               const http::Request& request) {
  context.note_refused(limit);
  why.message.append(": ").append(limit).append(" in [serve] is reached");
  return unreadable(why, jsonrpc::salvage_id(request.body));
}

}  // namespace mcp::transport
