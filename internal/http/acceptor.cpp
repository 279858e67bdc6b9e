#include "internal/http/acceptor.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "internal/base/log.h"
#include "internal/http/address.h"

namespace mcp::http {
namespace {

namespace asio = async::asio;

constexpr async::Millis kPause{100};

Error listen_error(const async::TcpEndpoint& endpoint, const boost::system::error_code& failed) {
  std::string what = "listen on " + endpoint_text(endpoint);
  if (failed == asio::error::address_in_use) {
    return os_error(what, failed.value(), ErrorCode::kExists)
        .with_hint("choose another port, or 0 for any free one");
  }
  if (failed == asio::error::access_denied) {
    return os_error(what, failed.value(), ErrorCode::kDenied).with_hint("ports below 1024 need privileges");
  }
  return os_error(what, failed.value());
}

async::TcpEndpoint tcp_endpoint(const async::StreamEndpoint& endpoint) {
  async::TcpEndpoint tcp;
  std::memcpy(tcp.data(), endpoint.data(), std::min(endpoint.size(), tcp.capacity()));
  return tcp;
}

std::string peer_text(const async::StreamEndpoint& endpoint) {
  return endpoint.protocol().family() == AF_UNIX ? "unix" : endpoint_text(tcp_endpoint(endpoint));
}

}  // namespace

Acceptor::Acceptor(async::Loop& loop, OnSocket on_socket)
    : acceptor_(loop.executor()), pause_(loop), on_socket_(std::move(on_socket)) {}

Result<std::uint16_t> Acceptor::open(const async::TcpEndpoint& endpoint) {
  boost::system::error_code failed;
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed && endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  auto bound = failed ? async::StreamEndpoint(endpoint) : acceptor_.local_endpoint(failed);
  if (failed) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    return fail(listen_error(endpoint, failed));
  }
  accept();
  return tcp_endpoint(bound).port();
}

Result<void> Acceptor::open(const std::string& path) {
  boost::system::error_code failed;
  acceptor_.open(async::StreamProtocol(asio::local::stream_protocol()), failed);
  if (failed) return fail(os_error("open a socket", failed.value()));
  MCP_TRY(file_.bind(acceptor_.native_handle(), path));
  acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return fail(os_error("listen on " + path, failed.value()));
  accept();
  return {};
}

Result<void> Acceptor::adopt(UniqueFd listening) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(listening.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
    return fail(os_error("take a socket over", errno));
  boost::system::error_code failed;
  acceptor_.assign(async::StreamProtocol(domain, 0), listening.get(), failed);
  if (failed) return fail(os_error("take a socket over", failed.value()));
  listening.release();
  accept();
  return {};
}

void Acceptor::pause(async::Millis how_long) {
  pause_.start(how_long, [self = shared_from_this()] { self->accept(); });
}

void Acceptor::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  file_.remove();
  pause_.cancel();
}

void Acceptor::accept() {
  if (std::exchange(waiting_, true)) return;
  auto on_accept = [self = shared_from_this()](boost::system::error_code failed, async::StreamSocket socket) {
    self->waiting_ = false;
    if (!self->acceptor_.is_open()) return;
    if (!failed) {
      self->on_socket_(std::move(socket), peer_text(self->peer_));
      if (self->acceptor_.is_open() && !self->pause_.armed()) self->accept();
      return;
    }
    if (failed == asio::error::connection_aborted) return self->accept();
    log::warn("cannot accept a connection", {{"error", failed.message()}});
    self->pause(kPause);
  };
  acceptor_.async_accept(peer_, std::move(on_accept));
}

}  // namespace mcp::http
