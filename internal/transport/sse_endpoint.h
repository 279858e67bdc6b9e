#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "internal/transport/endpoint_context.h"
#include "internal/transport/liveness.h"
#include "internal/transport/sse_session.h"
#include "internal/transport/text_hash.h"

namespace mcp::transport {

// The server's side of HTTP+SSE, the transport of revision 2024-11-05: a GET opens a session and its stream,
// whose first event names the address for the client's messages. Part of an HttpEndpoint: one context, one
// cap on sessions. Nothing is kept for a session id that is not known.
class SseEndpoint : public std::enable_shared_from_this<SseEndpoint> {
 public:
  SseEndpoint(std::shared_ptr<EndpointContext> context, std::function<void(Arrival)> accept)
      : context_(std::move(context)), accept_(std::move(accept)) {}

  // `messages_path`: where the client is to POST, without the query that names its session.
  void open(http::ExchangePtr exchange, Arrival from, std::string messages_path);
  void receive(http::ExchangePtr exchange, const std::string& principal, const std::string& route);
  void sweep(Liveness::Clock::time_point now);
  void end_principals(const std::function<bool(const std::string&)>& known, const Error& why);
  void end_all(const Error& why);

 private:
  using SessionPtr = std::shared_ptr<SseSession>;

  SessionPtr create(const Arrival& from, Shares::Share* share);
  void take(const http::ExchangePtr& exchange, const SessionPtr& session,
            Result<jsonrpc::Message> message) const;
  std::vector<SessionPtr> all() const;

  std::shared_ptr<EndpointContext> context_;
  std::function<void(Arrival)> accept_;
  std::unordered_map<std::string, SessionPtr, TextHash, std::equal_to<>> sessions_;
};

}  // namespace mcp::transport
