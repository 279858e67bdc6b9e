#pragma once

#include <functional>
#include <memory>

#include "internal/async/tcp.h"
#include "internal/async/timer.h"

namespace mcp::http {

// Accepts on one address until it is stopped. When the process runs out of descriptors it waits instead of
// spinning.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  using OnSocket = std::function<void(async::TcpSocket, const async::TcpEndpoint& peer)>;

  Acceptor(async::Loop& loop, OnSocket on_socket);

  // Returns the bound port. Errors: kExists (in use), kDenied (privileged port), kIo.
  Result<std::uint16_t> open(const async::TcpEndpoint& endpoint);
  void stop();

 private:
  void accept();

  async::TcpAcceptor acceptor_;
  async::Timer pause_;
  OnSocket on_socket_;
  async::TcpEndpoint peer_;
};

}  // namespace mcp::http
