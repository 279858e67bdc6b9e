#pragma once

#include <functional>
#include <string>

#include "internal/async/loop.h"
#include "internal/http/server.h"
#include "internal/http/test_socket.h"

namespace mcp::http::testing {

// A raw TCP client on the test's own loop.
class TestPeer {
 public:
  TestPeer(async::Loop& loop, std::uint16_t port, bool reads = true)
      : loop_(loop), end_(connected(loop, port)) {
    if (reads) read();
  }

  void send(std::string_view bytes) { end_.send(bytes); }
  void half_close() { end_.socket.shutdown(async::TcpSocket::shutdown_send); }
  void close() { end_.close(); }
  std::uint16_t local_port() const { return end_.socket.local_endpoint().port(); }
  void reset() {
    end_.socket.set_option(async::asio::socket_base::linger(true, 0));
    end_.close();
  }
  void read() { end_.read(); }
  // Instead of read(): what is there, up to the size of `part`; 0 when nothing is.
  std::size_t take_some(std::string& part) {
    boost::system::error_code failed;
    end_.socket.non_blocking(true);
    return end_.socket.read_some(async::asio::buffer(part), failed);
  }

  bool wait(const std::function<bool()>& done) { return loop_.run_until(done, async::Millis(10'000)); }
  bool wait_for(std::string_view text) {
    return wait([&] { return received().find(text) != std::string::npos; });
  }
  bool wait_closed() {
    return wait([&] { return closed(); });
  }
  const std::string& received() const { return end_.received; }
  std::string take() { return std::exchange(end_.received, std::string()); }
  bool closed() const { return end_.closed; }
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (auto at = received().find(text); at != std::string::npos;
         at = received().find(text, at + text.size()))
      ++n;
    return n;
  }

 private:
  static async::TcpSocket connected(async::Loop& loop, std::uint16_t port) {
    async::TcpSocket socket(loop.executor());
    socket.connect({async::asio::ip::address_v4::loopback(), port});
    return socket;
  }

  async::Loop& loop_;
  TestSocket end_;
};

// Requests as a client writes them.
inline std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /mcp HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
inline const std::string kGet = "GET /mcp HTTP/1.1\r\nHost: x\r\n\r\n";

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
  Response refuse(const Refusal& refusal, const RequestHead* head) override {
    refused.emplace_back(refusal.what);
    limits.emplace_back(refusal.limit);
    refused_heads.push_back(head ? std::optional(*head) : std::nullopt);
    Response response;
    response.status = refusal.status;
    response.body = Bytes::copy(refusal.what);
    return response;
  }
  void cut(std::string_view limit) override { limits.emplace_back(limit); }
  void closed_idle(std::string_view limit) override { limits.emplace_back(limit); }

  std::function<std::optional<Response>(const RequestHead&)> on_door;
  std::function<void(ExchangePtr)> on_handle;
  std::vector<RequestHead> heads;
  std::vector<Request> requests;
  std::vector<std::string> refused;
  std::vector<std::string> limits;  // that something was refused or ended for
  std::vector<std::optional<RequestHead>> refused_heads;
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
