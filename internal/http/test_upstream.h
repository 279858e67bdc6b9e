#pragma once

#include <functional>
#include <list>
#include <string>

#include "internal/async/loop.h"
#include "internal/http/test_fetch.h"
#include "internal/http/test_socket.h"

namespace mcp::http::testing {

// A server that a test scripts byte by byte, on the test's own loop.
class TestUpstream {
 public:
  using Connection = TestSocket;
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
      Connection& connection = connections_.emplace_back(std::move(socket));
      if (reads_) connection.read([this, &connection] { heard(connection); });
      accept();
    });
  }
  void heard(Connection& connection) {
    if (on_bytes_ && !connection.closed) on_bytes_(connection);
  }

  async::TcpAcceptor acceptor_;
  OnBytes on_bytes_;
  bool reads_;
  std::list<Connection> connections_;
};

inline ClientRequest get(const TestUpstream& upstream) { return request_to(upstream.url(), "", "GET"); }

inline bool has_whole_request(const TestUpstream::Connection& connection) {
  return connection.received.find("\r\n\r\n") != std::string::npos;
}

// Answers every request (without body) with the same bytes.
inline TestUpstream::OnBytes answering(std::string wire, bool close = false) {
  return [wire, close](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    connection.received.clear();
    connection.send(wire);
    if (close) connection.close();
  };
}

}  // namespace mcp::http::testing
