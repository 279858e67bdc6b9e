#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "internal/client/scripted_server.h"
#include "internal/gateway/gateway.h"
#include "internal/server/test_peer.h"

namespace mcp::gateway {

using client::ScriptedServer;
using server::legacy;
using server::modern;
using server::TestPeer;
using server::Value;

// A gateway over scripted servers of this process. Every start of a server is a fresh ScriptedServer with the
// script that stands in `scripts`. For tests.
class TestGateway {
 public:
  using Script = ScriptedServer::Script;

  // A legacy server with these tools (raw JSON array) that calls `call` for everything but the handshake and
  // the lists.
  static Script legacy_server(std::string tools, Script call = {}) {
    return [tools = std::move(tools), call = std::move(call)](const jsonrpc::Message& m) -> std::string {
      if (m.method == "initialize") {
        return R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"resources":)"
               R"({"subscribe":true},"logging":{}},"serverInfo":{"name":"s","version":"1"}})";
      }
      if (m.method == "tools/list") return R"({"tools":)" + tools + "}";
      if (m.method == "resources/list") return R"({"resources":[{"uri":"file:///a","name":"a"}]})";
      if (m.method == "resources/templates/list") return R"({"resourceTemplates":[]})";
      if (m.method == "ping") return "{}";
      return call ? call(m) : R"({"content":[]})";
    };
  }
  static Script mute() {
    return [](const jsonrpc::Message&) { return std::string(); };
  }

  config::ServerEntry& add(std::string name, Script script, std::string era = "legacy") {
    config::ServerEntry entry;
    entry.kind = config::ServerEntry::Kind::kBuiltin;
    entry.name = entry.builtin = name;
    entry.era = std::move(era);
    options.servers.push_back(std::move(entry));
    scripts[name] = std::move(script);
    return options.servers.back();
  }

  void start() {
    launcher = std::make_unique<runtime::Launcher>(*loop, real_env(), nullptr, nullptr,
                                                   [this](const std::string& name) { return open(name); });
    options.info = R"({"name":"gateway","version":"1"})";
    gateway = Gateway::create(*loop, *launcher, options);
    gateway->start();
  }
  // A client of the merged endpoint.
  std::unique_ptr<TestPeer> client(server::SessionOptions session = {}) {
    session.observer = gateway->account();
    return std::make_unique<TestPeer>(
        loop, [this](async::Loop&) { return gateway->backend(""); }, std::move(session));
  }

  ServerStatus status(const std::string& name) const {
    for (auto& status : gateway->statuses()) {
      if (status.name == name) return status;
    }
    return {};
  }
  bool wait(const std::function<bool()>& done) { return loop->run_until(done, transport::kPatience); }
  bool wait_state(const std::string& name, const std::string& state) {
    return wait([&] { return status(name).state == state; });
  }
  void pass(async::Millis time) {
    loop->run_until([] { return false; }, time);
  }

  // The instance of this server that was started last.
  ScriptedServer& last(const std::string& name) { return *started[name].back(); }
  std::size_t starts(const std::string& name) { return started[name].size(); }

  ~TestGateway() {
    if (gateway) gateway->stop();
    gateway.reset();
    loop->run_ready();
  }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  GatewayOptions options;
  std::map<std::string, Script> scripts;
  std::set<std::string> refusing;  // servers that cannot be started
  std::map<std::string, std::vector<std::shared_ptr<ScriptedServer>>> started;
  std::unique_ptr<runtime::Launcher> launcher;
  std::shared_ptr<Gateway> gateway;

 private:
  Result<transport::ChannelPtr> open(const std::string& name) {
    if (refusing.count(name) != 0) return fail(ErrorCode::kUnavailable, "connection refused");
    auto [ours, theirs] = transport::make_channel_pair(*loop);
    started[name].push_back(std::make_shared<ScriptedServer>(theirs, scripts[name]));
    started[name].back()->start();
    return ours;
  }
};

inline std::string names_of(const Value& answer, const char* list = "tools") {
  std::string names;
  if (!answer.contains("result") || !answer["result"].contains(list)) return "none: " + answer.dump();
  for (const auto& item : answer["result"][list])
    names += (names.empty() ? "" : " ") + item["name"].get<std::string>();
  return names;
}

}  // namespace mcp::gateway
