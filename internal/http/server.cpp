#include "internal/http/server.h"

#include <algorithm>
#include <numeric>

#include "internal/http/acceptor.h"
#include "internal/http/address.h"
#include "internal/http/connection.h"
#include "internal/http/server_core.h"
#include "internal/http/server_tls.h"

namespace mcp::http {
namespace {

// Connections over the limit that may wait for their 503 at the same time; more are closed without a word.
constexpr std::size_t kTurnedAwayAtOnce = 64;

async::Millis shortest_deadline(const ServerLimits& limits) {
  return std::min({limits.header_deadline, limits.body_deadline, limits.idle_deadline, limits.rest_after,
                   limits.write_deadline});
}

std::unique_ptr<TlsSession> tls_for(const ServerCore& core, async::StreamSocket& socket) {
  return core.tls ? core.tls->accept(socket.native_handle()) : nullptr;
}

void admit(const std::shared_ptr<ServerCore>& core, async::StreamSocket socket, std::string peer) {
  std::size_t open = core->connections.size();
  bool full = open >= core->limits.max_connections;
  ++core->stats.accepted;
  if (full) ++core->stats.turned_away;
  // Who is turned away is not worth a handshake.
  if (full && (core->tls || open >= core->limits.max_connections + kTurnedAwayAtOnce)) return;
  boost::system::error_code failed;
  socket.non_blocking(true, failed);
  if (failed) return;
  // An answer is one write: waiting to fill a segment would only delay it.
  socket.set_option(async::Tcp::no_delay(true), failed);
  auto tls = tls_for(*core, socket);
  if (core->tls && !tls) return;
  auto connection =
      std::make_shared<Connection>(core, Socket(std::move(socket), std::move(tls)), std::move(peer));
  core->connections.insert(connection);
  if (full) {
    connection->turn_away();
  } else {
    connection->start();
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

  // where: a TCP endpoint, or the path of a socket.
  template <class Where>
  auto listen(const Where& where) {
    auto acceptor =
        std::make_shared<Acceptor>(core->loop, [core = core](async::StreamSocket socket, std::string peer) {
          admit(core, std::move(socket), std::move(peer));
        });
    auto opened = acceptor->open(where);
    if (opened) acceptors.push_back(std::move(acceptor));
    return opened;
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
  MCP_ASSIGN(auto where, parse_listen_address(address));
  if (!where.socket.empty()) {
    MCP_TRY(impl_->listen(where.socket));
    return 0;
  }
  MCP_ASSIGN(std::uint16_t port, impl_->listen(where.endpoints.front()));
  for (std::size_t i = 1; i < where.endpoints.size(); ++i) {
    // localhost: the second address family is a courtesy, and may not exist.
    (void)impl_->listen(async::TcpEndpoint(where.endpoints[i].address(), port));
  }
  return port;
}

void Server::use_tls(std::shared_ptr<const ServerTls> tls) { impl_->core->tls = std::move(tls); }

void Server::limit(const ServerLimits& limits) {
  impl_->core->limits = limits;
  impl_->core->deadlines.expect(shortest_deadline(limits));
}

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

std::size_t Server::unsent() const {
  const auto& all = impl_->core->connections;
  return std::accumulate(all.begin(), all.end(), std::size_t{0},
                         [](std::size_t sum, const auto& one) { return sum + one->unsent(); });
}

std::size_t Server::buffered() const { return impl_->core->buffered; }

const ServerStats& Server::stats() const { return impl_->core->stats; }

}  // namespace mcp::http
