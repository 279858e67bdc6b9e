#pragma once

#include <memory>
#include <string>

#include "internal/transport/http_client_channel.h"
#include "internal/transport/test_listener.h"

namespace mcp::transport {

// A client's channel to a port on this host, with an owner that remembers. For tests.
struct TestClient {
  using Maker = ChannelPtr (*)(async::Loop&, std::shared_ptr<http::Client>, HttpClientOptions);

  TestClient(async::Loop& on, std::uint16_t port, HttpClientOptions options = {},
             Maker make = make_http_client_channel, const std::string& target = "/mcp")
      : loop(on), http(std::make_shared<http::Client>(on)) {
    options.url = *http::parse_url("http://127.0.0.1:" + std::to_string(port) + target);
    channel = make(loop, http, std::move(options));
    channel->start(ear);
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  bool heard(std::size_t messages) {
    return wait([&] { return ear->messages.size() >= messages; });
  }
  Result<void> send(std::string_view text) { return channel->send(envelope_of(text)); }
  const jsonrpc::Message& message(std::size_t i) const { return ear->messages.at(i).message; }

  async::Loop& loop;
  std::shared_ptr<http::Client> http;
  std::shared_ptr<TestListener> ear = std::make_shared<TestListener>();
  ChannelPtr channel;
};

}  // namespace mcp::transport
