#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/write.hpp>

#include "internal/async/tcp.h"

namespace mcp::http::testing {

// One end of a TCP connection on the test's own loop: what it sends is what the wire sees.
class TestSocket {
 public:
  explicit TestSocket(async::TcpSocket connected) : socket(std::move(connected)) {
    boost::system::error_code ignored;
    socket.set_option(async::Tcp::no_delay(true), ignored);
  }

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // the other end may have cut us already
    async::asio::write(socket, async::asio::buffer(bytes), ignored);
  }
  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
  // Keeps what comes; on_bytes is told of each part and of the end.
  void read(std::function<void()> on_bytes = nullptr) {
    on_bytes_ = std::move(on_bytes);
    read_more();
  }

  async::TcpSocket socket;
  std::string received;
  bool closed = false;  // by the other end

 private:
  void read_more() {
    // What was read already is told even when the socket is gone meanwhile.
    auto on_read = [this, here = std::weak_ptr<void>(here_)](boost::system::error_code failed,
                                                             std::size_t count) {
      if (here.expired() || failed == async::asio::error::operation_aborted) return;
      received.append(buffer_, count);
      closed = static_cast<bool>(failed);
      if (on_bytes_) on_bytes_();
      if (!closed && socket.is_open()) read_more();
    };
    socket.async_read_some(async::asio::buffer(buffer_), on_read);
  }

  char buffer_[16384];
  std::function<void()> on_bytes_;
  std::shared_ptr<void> here_ = std::make_shared<char>();
};

}  // namespace mcp::http::testing
