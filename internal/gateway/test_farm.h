#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/client/scripted_server.h"
#include "internal/gateway/gateway.h"
#include "internal/server/test_peer.h"

namespace mcp::gateway {

using client::ScriptedServer;
using jsonrpc::Message;
using server::legacy;
using server::modern;
using server::TestPeer;
using server::Value;

inline const std::string kUnknownMethod = R"(!{"code":-32601,"message":"method not found"})";
inline const std::string kOffer =
    R"("capabilities":{"tools":{},"logging":{},"resources":{"subscribe":true}},"serverInfo":{"name":"s","version":"1"})";

// One server behind a gateway, every connection to it hand-driven: handshakes and lists are answered, all
// else waits for answer(). For tests.
class FarmTest : public testing::Test {
 protected:
  void TearDown() override {
    for (auto& client : clients) client->hang_up();
    if (gateway) gateway->stop();
    settle();
  }

  // era: of the server.
  void open(protocol::Era era, config::ServerEntry entry = {}, GatewayOptions options = {}) {
    era_ = era;
    entry.name = "s";
    entry.prefix = "";
    entry.kind = config::ServerEntry::Kind::kBuiltin;
    options.servers.push_back(std::move(entry));
    options.info = R"({"name":"g","version":"1"})";
    gateway = Gateway::create(*loop, launcher, std::move(options));
    gateway->start();
    ASSERT_TRUE(wait([this] { return gateway->all_settled(); }));
  }

  TestPeer& client(server::SessionOptions options = {}) {
    auto make = [this](async::Loop&) { return gateway->backend(""); };
    clients.push_back(std::make_unique<TestPeer>(loop, make, std::move(options)));
    return *clients.back();
  }

  bool wait(const std::function<bool()>& done) { return loop->run_until(done, transport::kPatience); }
  void settle() { loop->run_ready(); }

  // The nth message of this method that this connection of the server was sent (counted from 0).
  const Message* seen(std::size_t connection, std::string_view method, std::size_t nth = 0) {
    const Message* found = nullptr;
    wait([&] {
      found = nullptr;
      std::size_t left = nth;
      if (connection >= servers.size()) return false;
      for (const Message& message : servers[connection]->seen) {
        if (message.method == method && left-- == 0) found = &message;
      }
      return found != nullptr;
    });
    return found;
  }
  std::string params(std::size_t connection, std::string_view method, std::size_t nth = 0) {
    const Message* message = seen(connection, method, nth);
    return message == nullptr ? "nothing came" : std::string(message->params.view());
  }
  // The server answers the nth request of the method.
  void answer(std::size_t connection, std::string_view method, std::string_view result, std::size_t nth = 0) {
    const Message* request = seen(connection, method, nth);
    ASSERT_NE(request, nullptr) << method;
    std::string member =
        result[0] == '!' ? "\"error\":" + std::string(result.substr(1)) : "\"result\":" + std::string(result);
    say(connection, "{\"jsonrpc\":\"2.0\",\"id\":" + request->id->raw() + "," + member + "}");
  }
  void say(std::size_t connection, const std::string& text) { servers.at(connection)->send(text); }
  void ask(std::size_t connection, std::string_view id, std::string_view method,
           std::string_view params = "{}") {
    say(connection, legacy(id, method, params));
  }
  // What the client's side answered to the server's question.
  Value answered(std::size_t connection, std::string_view id) {
    const Message* found = nullptr;
    wait([&] {
      for (const Message& message : servers.at(connection)->seen) {
        if (message.is_response() && message.id && message.id->raw() == id) found = &message;
      }
      return found != nullptr;
    });
    return found == nullptr ? Value() : json::parse(found->bytes.view()).value();
  }

  std::string script(const Message& message) {
    bool is_modern = era_ == protocol::Era::kModern;
    if (message.method == "server/discover" && is_modern) {
      return R"({"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,"cacheScope":"private",)" +
             kOffer + "}";
    }
    if (message.method == "initialize" && !is_modern)
      return R"({"protocolVersion":"2025-11-25",)" + kOffer + "}";
    if (message.method == "tools/list") return R"({"tools":[{"name":"t","inputSchema":{"type":"object"}}]})";
    if (message.method == "resources/list") return R"({"resources":[{"uri":"note://1","name":"one"}]})";
    if (message.method == "resources/templates/list") return R"({"resourceTemplates":[]})";
    if (message.method == "server/discover" || message.method == "initialize") return kUnknownMethod;
    for (const char* held : {"tools/call", "resources/subscribe", "subscriptions/listen"}) {
      if (message.method == held) return {};
    }
    return "{}";
  }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  FakeEnv env;
  std::deque<std::shared_ptr<ScriptedServer>> servers;  // by connection
  runtime::Launcher launcher{*loop, env, nullptr, nullptr,
                             [this](const std::string&) -> Result<transport::ChannelPtr> {
                               auto [ours, theirs] = transport::make_channel_pair(*loop);
                               servers.push_back(std::make_shared<ScriptedServer>(
                                   theirs, [this](const Message& message) { return script(message); }));
                               servers.back()->start();
                               return ours;
                             }};
  std::shared_ptr<Gateway> gateway;
  std::vector<std::unique_ptr<TestPeer>> clients;

 private:
  protocol::Era era_ = protocol::Era::kLegacy;
};

}  // namespace mcp::gateway
