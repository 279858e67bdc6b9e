#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/async/tcp.h"
#include "internal/async/timer.h"
#include "internal/base/unique_fd.h"
#include "internal/http/socket_file.h"

namespace mcp::http {

// Accepts on one address until it is stopped. When the process runs out of descriptors it waits instead of
// spinning.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  // peer: "127.0.0.1:51234", or "unix".
  using OnSocket = std::function<void(async::StreamSocket, std::string peer)>;

  Acceptor(async::Loop& loop, OnSocket on_socket);

  // Returns the bound port. Errors: kExists (in use), kDenied (privileged port), kIo.
  Result<std::uint16_t> open(const async::TcpEndpoint& endpoint);
  // On a Unix-domain socket: a file that its owner alone may use, and that goes when we stop. What nobody
  // listens on any more is replaced. Errors: kExists (somebody listens, or a file of another kind), kDenied,
  // kIo.
  Result<void> open(const std::string& path);
  // On a socket that listens already, taken over. Errors: kIo.
  Result<void> adopt(UniqueFd listening);
  // Takes at most one connection more for a while: those that come wait, or are turned away by the system.
  void pause(async::Millis how_long);
  void stop();

 private:
  void accept();

  SocketFile file_;  // outlives the socket
  async::StreamAcceptor acceptor_;
  async::Timer pause_;
  OnSocket on_socket_;
  async::StreamEndpoint peer_;
  bool waiting_ = false;  // for the next connection
};

}  // namespace mcp::http
