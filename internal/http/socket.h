#pragma once

#include <memory>
#include <string>
#include <utility>

#include "internal/async/tcp.h"
#include "internal/http/outbox.h"
#include "internal/http/tls_session.h"

namespace mcp::http {

// One accepted connection as its owner reads and writes it: TCP or Unix-domain, plain or TLS. Transfers never
// block; waits hold no buffer. Plain ones can also read into a buffer that is ready, which saves a system
// call where the next bytes come soon.
class Socket {
 public:
  // tls null: plain.
  Socket(async::StreamSocket socket, std::unique_ptr<TlsSession> tls)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  bool is_tls() const { return tls_ != nullptr; }
  int descriptor() { return socket_.native_handle(); }
  auto get_executor() { return socket_.get_executor(); }

  // Errors: would_block, eof, protocol_error (TLS: failure() says why), and what the network does.
  std::size_t read_some(char* data, std::size_t size, boost::system::error_code& failed);
  // Sends from the front what the socket takes. After would_block the same bytes are to be sent next.
  std::size_t write_some(const Outbox::Buffers& buffers, boost::system::error_code& failed);
  // Reads what nobody wants any more, undeciphered.
  void discard(boost::system::error_code& failed);
  // Read off the socket, but not handed out: waiting for it would be in vain.
  bool has_buffered() const { return tls_ && tls_->has_buffered(); }
  std::string failure() const { return tls_ ? tls_->failure() : std::string(); }

  template <class Handler>
  void when_readable(Handler handler) {
    socket_.async_wait(
        tls_ && tls_->wants_write() ? async::StreamSocket::wait_write : async::StreamSocket::wait_read,
        std::move(handler));
  }
  template <class Handler>
  void when_writable(Handler handler) {
    socket_.async_wait(async::StreamSocket::wait_write, std::move(handler));
  }
  // Plain only. The memory must stay where it is until the handler runs.
  template <class Handler>
  void async_read_some(char* data, std::size_t size, Handler handler) {
    socket_.async_read_some(async::asio::buffer(data, size), std::move(handler));
  }

  // Pending waits and reads end with operation_aborted.
  void cancel();
  // What was sent is all, and complete; the peer may still send.
  void shutdown_send();
  // Over TLS without a goodbye: what was sent may be cut short.
  void close();

 private:
  async::StreamSocket socket_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace mcp::http
