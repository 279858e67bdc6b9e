#pragma once

#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace mcp::http {

// One TLS conversation on an accepted socket, which it reads and writes without ever blocking. The handshake
// happens in the first reads. An idle one holds no buffers.
class TlsSession {
 public:
  virtual ~TlsSession() = default;

  // Errors: would_block (wait for the socket, see wants_write(), and call again with the same bytes), eof (a
  // clean end), protocol_error (failure() says which; the peer was told), and what the network does.
  virtual std::size_t read_some(char* data, std::size_t size, boost::system::error_code& failed) = 0;
  virtual std::size_t write_some(std::string_view bytes, boost::system::error_code& failed) = 0;

  // What the call that would have blocked waits for.
  virtual bool wants_write() const = 0;
  // Bytes came off the socket that no read has handed out yet: nobody will wake us for them.
  virtual bool has_buffered() const = 0;
  virtual std::string failure() const = 0;
  // Says goodbye (close_notify), where the handshake came that far.
  virtual void shut() = 0;
};

}  // namespace mcp::http
