#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "internal/transport/endpoint_context.h"
#include "internal/transport/liveness.h"

namespace mcp::transport {

// A session over HTTP+SSE (2024-11-05 transports, "HTTP with SSE") as a Channel. Everything that the server
// says travels on the one stream, and the session ends with it: there is nothing to come back to. A client
// that does not read is cut by the connection's own bound.
class SseSession final : public Channel, public std::enable_shared_from_this<SseSession> {
 public:
  using Clock = Liveness::Clock;

  SseSession(std::shared_ptr<EndpointContext> context, std::string id, std::string principal,
             std::string route, std::function<void(const std::string& id)> on_over);

  const std::string& id() const { return id_; }
  const std::string& principal() const { return principal_; }
  bool belongs_to(const std::string& principal, const std::string& route) const {
    return principal == principal_ && route == route_;
  }
  bool over() const { return over_; }

  // The client's side. The stream, and the address that its first event names.
  void open(http::ExchangePtr exchange, const std::string& messages_uri);
  // One POST: 202, whatever comes of the message.
  void receive(http::ExchangePtr exchange, jsonrpc::Message message);
  // Tells the owner and ends the stream.
  void end(Error why);
  // Keeps the stream alive, ends the session of a client that is gone.
  void sweep(Clock::time_point now);

  // The server's side.
  void start(std::weak_ptr<Listener> listener) override;
  Result<void> send(Envelope envelope) override;
  void close() override;

 private:
  std::optional<http::Response> refuse(const jsonrpc::Message& request) const;
  void deliver(jsonrpc::Message message, http::Headers trace = {});
  bool finish_call(const jsonrpc::Id& request);
  Result<void> write(std::string_view event, const Rope& data);
  void finish();

  std::shared_ptr<EndpointContext> context_;
  std::string id_;
  std::string principal_;
  std::string route_;
  std::function<void(const std::string&)> on_over_;
  http::ExchangePtr stream_;
  Clock::time_point last_write_;
  std::weak_ptr<Listener> listener_;
  std::unordered_set<std::string> running_;  // raw ids
  std::vector<jsonrpc::Message> pending_;    // until start()
  Liveness liveness_;
  bool started_ = false;
  bool spoke_ = false;  // the client sent a message
  bool over_ = false;
};

}  // namespace mcp::transport
