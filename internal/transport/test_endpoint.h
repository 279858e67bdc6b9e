#pragma once

#include <map>
#include <string>
#include <vector>

#include "internal/http/test_peer.h"
#include "internal/transport/http_endpoint.h"
#include "internal/transport/test_listener.h"

namespace mcp::transport {

// An HttpEndpoint behind a real server on the loop of the test, with owners that remember what reaches them,
// and a bare HTTP client in front. For tests.
class TestEndpoint {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  struct Owned {
    Arrival arrival;
    std::shared_ptr<TestListener> ear = std::make_shared<TestListener>();
    Channel& channel() { return *arrival.channel; }
  };

  struct Reply {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };

  explicit TestEndpoint(HttpEndpointOptions options = {})
      : endpoint(loop, options, [this](Arrival arrival) { accept(std::move(arrival)); }),
        server(loop, handler),
        port(*server.listen("127.0.0.1:0")) {
    handler.on_handle = [this](http::ExchangePtr exchange) {
      // The request is the connection's own, and not const there.
      if (!seems_from.empty()) const_cast<http::Request&>(exchange->request()).head.peer = seems_from;
      const std::string& path = exchange->request().head.path;
      if (path == "/sse") return endpoint.handle_sse(std::move(exchange), principal, route, "/messages");
      if (path == "/messages") return endpoint.handle_sse_message(std::move(exchange), principal, route);
      endpoint.handle(std::move(exchange), principal, route);
    };
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }

  std::string request_text(const std::string& method, const Fields& fields, const std::string& body) const {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: x\r\n";
    for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
    if (method == "POST" || !body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
  }

  // A connection with one request on it, for what is read bit by bit.
  std::unique_ptr<http::testing::TestPeer> open(const std::string& method, const Fields& fields,
                                                const std::string& body = "") {
    auto peer = std::make_unique<http::testing::TestPeer>(loop, port);
    peer->send(request_text(method, fields, body));
    return peer;
  }
  std::unique_ptr<http::testing::TestPeer> open_post(const std::string& body, const Fields& extra = {}) {
    Fields fields = post_fields();
    fields.insert(fields.end(), extra.begin(), extra.end());
    return open("POST", fields, body);
  }

  // One whole exchange whose answer has a length.
  Reply ask(const std::string& method, const Fields& fields, const std::string& body = "") {
    auto peer = open(method, fields, body);
    return reply_of(*peer);
  }
  Reply post(const std::string& body, const Fields& extra = {}) {
    auto peer = open_post(body, extra);
    return reply_of(*peer);
  }
  Reply reply_of(http::testing::TestPeer& peer) {
    Reply reply;
    peer.wait([&] { return peer.closed() || is_complete(peer.received(), reply); });
    return reply;
  }

  static Fields post_fields() {
    return {{"Content-Type", "application/json"}, {"Accept", "application/json, text/event-stream"}};
  }
  static Fields modern_fields(const std::string& method) {
    return {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
  }
  static std::string request(const std::string& id, const std::string& method,
                             const std::string& params = "") {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\"" +
           (params.empty() ? "" : ",\"params\":" + params) + "}";
  }
  static std::string modern_params(const std::string& version = "2026-07-28") {
    return "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" + version +
           "\",\"io.modelcontextprotocol/clientCapabilities\":{}}}";
  }

  // Runs a handshake; answers the session's id.
  std::string open_session(protocol::Revision revision = protocol::Revision::k2025_11_25) {
    std::size_t number = owned.size();
    auto peer = open_post(request("0", "initialize", "{}"));
    if (!wait([&] { return owned.size() > number && !owned[number]->ear->messages.empty(); })) return "";
    owned[number]->channel().negotiated(revision);
    (void)owned[number]->channel().send(envelope_of(R"({"jsonrpc":"2.0","id":0,"result":{}})"));
    return reply_of(*peer).headers["mcp-session-id"];
  }
  // Waits for the nth message of the nth client.
  bool heard(std::size_t client, std::size_t messages) {
    return wait([&] { return owned.size() > client && owned[client]->ear->messages.size() >= messages; });
  }
  Result<void> answer(std::size_t client, const std::string& id, const std::string& result = "{}") {
    return owned.at(client)->channel().send(
        envelope_of("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}"));
  }
  Result<void> say(std::size_t client, const std::string& method, std::optional<jsonrpc::Id> related = {}) {
    Envelope envelope = envelope_of("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\"}");
    envelope.related = std::move(related);
    return owned.at(client)->channel().send(std::move(envelope));
  }

  async::Loop loop;
  std::vector<std::shared_ptr<Owned>> owned;  // every client that arrived
  bool accepting = true;
  std::string target = "/mcp";  // of the next request
  std::string principal = "local";
  std::string route;
  std::string seems_from;  // where the next request seems to come from; empty: where it does
  HttpEndpoint endpoint;
  http::testing::TestHandler handler;
  http::Server server;
  std::uint16_t port;

 private:
  void accept(Arrival arrival) {
    auto entry = std::make_shared<Owned>();
    entry->arrival = std::move(arrival);
    if (!accepting) return;
    owned.push_back(entry);
    entry->arrival.channel->start(entry->ear);
  }

  static bool is_complete(const std::string& text, Reply& reply) {
    auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    reply.status = std::stoi(text.substr(9, 3));
    for (std::size_t at = text.find("\r\n") + 2; at < end + 2;) {
      std::size_t line_end = text.find("\r\n", at);
      std::string line = text.substr(at, line_end - at);
      auto colon = line.find(':');
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      if (colon != std::string::npos)
        reply.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
      at = line_end + 2;
    }
    reply.body = text.substr(end + 4);
    auto length = reply.headers.find("content-length");
    if (length != reply.headers.end()) return reply.body.size() >= std::stoul(length->second);
    return reply.headers.contains("transfer-encoding") ? reply.body.ends_with("0\r\n\r\n") : true;
  }
};

}  // namespace mcp::transport
