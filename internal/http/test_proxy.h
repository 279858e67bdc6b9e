#pragma once

#include <list>
#include <string>
#include <vector>

#include "internal/http/test_upstream.h"

namespace mcp::http::testing {

// A forward proxy on the test's own loop: CONNECT and absolute-form. Every host is 127.0.0.1 to it, so that a
// test may ask for names that do not exist.
class TestProxy {
 public:
  explicit TestProxy(async::Loop& loop)
      : loop_(loop), front_(loop, [this](TestSocket& client) { heard(client); }) {}

  // The address of the proxy, for HTTPS_PROXY and http_proxy.
  std::string address(const std::string& user_info = "") const {
    return "http://" + (user_info.empty() ? "" : user_info + "@") +
           "127.0.0.1:" + std::to_string(front_.port());
  }
  std::string name() const { return "127.0.0.1:" + std::to_string(front_.port()); }
  std::size_t connections() { return front_.connections().size(); }

  std::vector<std::string> heads;  // of the requests that were said to the proxy itself
  std::string answer;              // in place of service, when not empty
  std::string established = "HTTP/1.1 200 Connection established\r\n\r\n";

 private:
  struct Tunnel {
    TestSocket* client;
    TestSocket upstream;
    bool opaque;  // made by CONNECT: bytes pass unseen
  };

  void heard(TestSocket& client) {
    Tunnel* tunnel = tunnel_of(client);
    if (tunnel != nullptr && tunnel->opaque) return pass(client, tunnel->upstream);
    auto end = client.received.find("\r\n\r\n");
    if (end == std::string::npos) return;
    heads.push_back(client.received.substr(0, end + 4));
    if (!answer.empty()) {
      client.received.clear();
      return client.send(answer);
    }
    bool connects = heads.back().starts_with("CONNECT ");
    if (tunnel == nullptr) tunnel = &open(client, port_in(heads.back()), connects);
    if (connects) {
      client.received.erase(0, end + 4);
      client.send(established);
    } else {
      client.received = in_origin_form(client.received);
      pass(client, tunnel->upstream);
    }
  }

  static void pass(TestSocket& from, TestSocket& to) {
    to.send(std::exchange(from.received, std::string()));
    if (from.closed) to.close();
  }

  Tunnel* tunnel_of(const TestSocket& client) {
    for (Tunnel& tunnel : tunnels_) {
      if (tunnel.client == &client) return &tunnel;
    }
    return nullptr;
  }

  Tunnel& open(TestSocket& client, std::uint16_t port, bool opaque) {
    async::TcpSocket socket(loop_.executor());
    socket.connect({async::asio::ip::address_v4::loopback(), port});
    Tunnel& tunnel = tunnels_.emplace_back(Tunnel{&client, TestSocket(std::move(socket)), opaque});
    tunnel.upstream.read([&tunnel] { pass(tunnel.upstream, *tunnel.client); });
    return tunnel;
  }

  // "CONNECT host:port HTTP/1.1", "POST http://host:port/path HTTP/1.1".
  static std::uint16_t port_in(const std::string& head) {
    std::string line = head.substr(0, head.find(" HTTP/1.1"));
    auto scheme = line.find("://");
    auto colon = line.find(':', scheme == std::string::npos ? 0 : scheme + 3);
    return static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
  }

  static std::string in_origin_form(const std::string& request) {
    auto scheme = request.find("http://");
    auto path = request.find('/', scheme + 7);
    return request.substr(0, scheme) + request.substr(path);
  }

  async::Loop& loop_;
  std::list<Tunnel> tunnels_;
  TestUpstream front_;
};

}  // namespace mcp::http::testing
