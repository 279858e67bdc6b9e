#include "internal/http/server.h"

#include <algorithm>

#include "internal/http/acceptor.h"
#include "internal/http/address.h"
#include "internal/http/connection.h"
#include "internal/http/server_core.h"

namespace mcp::http {
namespace {

// Connections over the limit that may wait for their 503 at the same time; more are closed without a word.
constexpr std::size_t kTurnedAwayAtOnce = 64;

async::Millis shortest_deadline(const ServerLimits& limits) {
  return std::min(
      {limits.header_deadline, limits.body_deadline, limits.idle_deadline, limits.write_deadline});
}

void admit(const std::shared_ptr<ServerCore>& core, async::TcpSocket socket, const async::TcpEndpoint& peer) {
  std::size_t open = core->connections.size();
  if (open >= core->limits.max_connections + kTurnedAwayAtOnce) return;
  boost::system::error_code failed;
  socket.non_blocking(true, failed);
  if (failed) return;
  // An answer is one write: waiting to fill a segment would only delay it.
  socket.set_option(async::Tcp::no_delay(true), failed);
  auto connection = std::make_shared<Connection>(core, std::move(socket), endpoint_text(peer));
  core->connections.insert(connection);
  if (open < core->limits.max_connections) {
    connection->start();
  } else {
    connection->turn_away();
  }
}

}  // namespace

ServerCore::ServerCore(async::Loop& the_loop, Handler& the_handler, ServerLimits the_limits)
    : loop(the_loop),
      handler(&the_handler),
      limits(the_limits),
      deadlines(the_loop, shortest_deadline(the_limits)) {}

struct Server::Impl {
  Impl(async::Loop& loop, Handler& handler, ServerLimits limits)
      : core(std::make_shared<ServerCore>(loop, handler, limits)) {}

  Result<std::uint16_t> listen(const async::TcpEndpoint& endpoint) {
    auto acceptor = std::make_shared<Acceptor>(
        core->loop,
        [core = core](async::TcpSocket socket, const auto& peer) { admit(core, std::move(socket), peer); });
    MCP_ASSIGN(std::uint16_t port, acceptor->open(endpoint));
    acceptors.push_back(std::move(acceptor));
    return port;
  }

  void stop_accepting() {
    for (auto& acceptor : acceptors) acceptor->stop();
    acceptors.clear();
  }

  std::vector<std::shared_ptr<Connection>> snapshot() const {
    return {core->connections.begin(), core->connections.end()};
  }

  std::shared_ptr<ServerCore> core;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
};

Server::Server(async::Loop& loop, Handler& handler, ServerLimits limits)
    : impl_(std::make_shared<Impl>(loop, handler, limits)) {}

Server::~Server() {
  close();
  impl_->core->handler = nullptr;
}

Result<std::uint16_t> Server::listen(const std::string& address) {
  MCP_ASSIGN(auto endpoints, parse_listen_address(address));
  MCP_ASSIGN(std::uint16_t port, impl_->listen(endpoints.front()));
  for (std::size_t i = 1; i < endpoints.size(); ++i) {
    // localhost: the second address family is a courtesy, and may not exist.
    (void)impl_->listen({endpoints[i].address(), port});
  }
  return port;
}

void Server::limit_body(std::size_t bytes) { impl_->core->limits.max_body_bytes = bytes; }

void Server::drain() {
  impl_->core->draining = true;
  for (auto& connection : impl_->snapshot()) connection->drain();
}

void Server::close() {
  impl_->stop_accepting();
  impl_->core->draining = true;
  for (auto& connection : impl_->snapshot()) connection->close();
}

std::size_t Server::connections() const { return impl_->core->connections.size(); }

}  // namespace mcp::http
