#pragma once

#include <functional>

#include "internal/async/loop.h"
#include "internal/base/log.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/http_endpoint.h"
#include "internal/transport/replay_ring.h"
#include "internal/transport/shares.h"

namespace mcp::transport {

// What the sessions and requests of one HttpEndpoint share. Held by each of them: they may outlive the
// endpoint.
struct EndpointContext {
  EndpointContext(async::Loop& on, HttpEndpointOptions limits) : loop(on), options(limits) {}

  async::Loop& loop;
  HttpEndpointOptions options;
  std::size_t in_flight = 0;      // calls not answered yet, without subscriptions/listen
  std::function<void()> on_call;  // one began: the sweep has to look more often
  Shares sessions;                // open ones of every transport, by principal
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
  void note_ended(std::string_view limit) const {
    if (options.ended) options.ended(limit);
  }
};

// A place among the sessions; null: there is none, `refusal` says why, and it is counted.
inline Shares::Share* place_for_session(EndpointContext& context, const std::string& principal,
                                        const std::optional<jsonrpc::Id>& id, http::Response& refusal) {
  const HttpEndpointOptions& limits = context.options;
  std::size_t open = context.sessions.taken();
  if (open >= limits.max_sessions) {
    log::warn("session refused: too many", {{"sessions", open}});
    context.note_refused("max_sessions");
    refusal = busy("too many sessions: max_sessions in [serve] is reached", id);
    return nullptr;
  }
  auto* share = context.sessions.take(
      principal, limits.has_principals ? limits.max_principal_sessions : limits.max_sessions);
  if (share != nullptr) return share;
  log::warn("session refused: too many of one principal", {{"principal", principal}});
  context.note_refused("max_sessions_per_principal");
  refusal = too_many_of_one("too many sessions of this principal: max_sessions_per_principal", id);
  return nullptr;
}

// The answer to a body that is too much of what the key `limit` of [serve] bounds; it is counted.
inline http::Response too_much(const EndpointContext& context, Error why, std::string_view limit,
                               const http::Request& request) {
  context.note_refused(limit);
  why.message.append(": ").append(limit).append(" in [serve] is reached");
  return unreadable(why, jsonrpc::salvage_id(request.body));
}

}  // namespace mcp::transport
