#pragma once

#include <functional>
#include <list>
#include <string>

#include <boost/asio/write.hpp>

#include "internal/async/loop.h"
#include "internal/async/tcp.h"

namespace mcp::http::testing {

// A server that a test scripts byte by byte, on the test's own loop.
class TestUpstream {
 public:
  struct Connection {
    explicit Connection(async::TcpSocket s) : socket(std::move(s)) {}
    void send(std::string_view bytes) {
      boost::system::error_code ignored;
      async::asio::write(socket, async::asio::buffer(bytes), ignored);
    }
    void close() {
      boost::system::error_code ignored;
      socket.close(ignored);
    }
    async::TcpSocket socket;
    std::string received;
    char buffer[4096];
    bool closed = false;
  };
  using OnBytes = std::function<void(Connection&)>;

  TestUpstream(async::Loop& loop, OnBytes on_bytes, bool reads = true)
      : acceptor_(loop.executor(), {async::asio::ip::address_v4::loopback(), 0}),
        on_bytes_(std::move(on_bytes)),
        reads_(reads) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + target;
  }
  std::list<Connection>& connections() { return connections_; }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, async::TcpSocket socket) {
      if (failed) return;
      connections_.emplace_back(std::move(socket));
      connections_.back().socket.set_option(async::Tcp::no_delay(true));
      if (reads_) read(connections_.back());
      accept();
    });
  }
  void read(Connection& connection) {
    auto buffer = async::asio::buffer(connection.buffer);
    connection.socket.async_read_some(
        buffer, [this, &connection](boost::system::error_code failed, std::size_t count) {
          if (failed == async::asio::error::operation_aborted) return;
          connection.closed = static_cast<bool>(failed);
          if (failed) return;
          connection.received.append(connection.buffer, count);
          if (on_bytes_) on_bytes_(connection);
          if (connection.socket.is_open()) read(connection);
        });
  }

  async::TcpAcceptor acceptor_;
  OnBytes on_bytes_;
  bool reads_;
  std::list<Connection> connections_;
};

}  // namespace mcp::http::testing
