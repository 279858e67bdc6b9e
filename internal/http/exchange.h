#pragma once

#include <functional>

#include "internal/http/server.h"

namespace mcp::http {

class Connection;

// The Exchange of a connection's current request. The two know each other until the answer is complete, the
// client is gone, or the handler let go of it; each side cuts the tie for both.
class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(Connection& connection, Request request)
      : connection_(&connection), request_(std::move(request)) {}
  ~ConnectionExchange() override;

  const Request& request() const override { return request_; }
  void respond(Response response) override;
  void open_stream(int status, Headers headers) override;
  Result<void> write(Rope chunk) override;
  std::size_t unsent() const override;
  void end() override;
  void on_disconnect(std::function<void()> fn) override;
  bool disconnected() const override { return disconnected_; }

  // For the connection: the answer is complete.
  void completed();
  // For the connection: the socket is broken, the calls are ignored from now on.
  void set_disconnected() { disconnected_ = true; }
  // For the connection: the client is gone. Calls the handler's function; may destroy this.
  void gone();

 private:
  enum class State { kOpen, kStream, kAnswered };

  Connection* connection_;
  Request request_;
  std::function<void()> on_disconnect_;
  State state_ = State::kOpen;
  bool complete_ = false;
  bool disconnected_ = false;
};

}  // namespace mcp::http
