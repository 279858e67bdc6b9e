#pragma once

#include <functional>
#include <string>

#include <boost/asio/write.hpp>

#include "internal/async/loop.h"
#include "internal/async/tcp.h"
#include "internal/http/server.h"

namespace mcp::http::testing {

// A raw TCP client on the test's own loop: what it sends is what the wire sees.
class TestPeer {
 public:
  TestPeer(async::Loop& loop, std::uint16_t port, bool reads = true) : loop_(loop), socket_(loop.executor()) {
    socket_.connect({async::asio::ip::address_v4::loopback(), port});
    socket_.set_option(async::Tcp::no_delay(true));
    if (reads) read();
  }

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // the server may have cut us already
    async::asio::write(socket_, async::asio::buffer(bytes), ignored);
  }
  std::uint16_t local_port() const { return socket_.local_endpoint().port(); }
  void half_close() { socket_.shutdown(async::TcpSocket::shutdown_send); }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(async::asio::socket_base::linger(true, 0));
    socket_.close();
  }
  void read() {
    socket_.async_read_some(async::asio::buffer(buffer_),
                            [this](boost::system::error_code failed, std::size_t count) {
                              if (failed == async::asio::error::operation_aborted) return;
                              received_.append(buffer_, count);
                              closed_ = static_cast<bool>(failed);
                              if (!failed) read();
                            });
  }

  bool wait(const std::function<bool()>& done) { return loop_.run_until(done, async::Millis(10'000)); }
  bool wait_for(std::string_view text) {
    return wait([&] { return received_.find(text) != std::string::npos; });
  }
  bool wait_closed() {
    return wait([&] { return closed_; });
  }
  const std::string& received() const { return received_; }
  std::string take() { return std::exchange(received_, std::string()); }
  bool closed() const { return closed_; }
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (auto at = received_.find(text); at != std::string::npos; at = received_.find(text, at + text.size()))
      ++n;
    return n;
  }

 private:
  async::Loop& loop_;
  async::TcpSocket socket_;
  char buffer_[16384];
  std::string received_;
  bool closed_ = false;
};

// Answers with what it was sent; each part can be replaced.
class TestHandler : public Handler {
 public:
  std::optional<Response> door(const RequestHead& head) override {
    heads.push_back(head);
    return on_door ? on_door(head) : std::nullopt;
  }
  void handle(ExchangePtr exchange) override {
    requests.push_back(exchange->request());
    if (on_handle) return on_handle(std::move(exchange));
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.body = exchange->request().body;
    exchange->respond(std::move(response));
  }
  Response refuse(int status, std::string_view what) override {
    refused.emplace_back(what);
    Response response;
    response.status = status;
    response.body = Bytes::copy(what);
    return response;
  }

  std::function<std::optional<Response>(const RequestHead&)> on_door;
  std::function<void(ExchangePtr)> on_handle;
  std::vector<RequestHead> heads;
  std::vector<Request> requests;
  std::vector<std::string> refused;
};

struct TestServer {
  explicit TestServer(ServerLimits limits = {})
      : server(loop, handler, limits), port(*server.listen("127.0.0.1:0")) {}

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, async::Millis(10'000)); }

  async::Loop loop;
  TestHandler handler;
  Server server;
  std::uint16_t port;
};

inline std::string url_of(const TestServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port) + "/mcp";
}

}  // namespace mcp::http::testing
