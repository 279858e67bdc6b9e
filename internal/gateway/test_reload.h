#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "internal/base/fake_env.h"
#include "internal/gateway/gateway.h"
#include "internal/server/catalog.h"
#include "internal/server/context.h"
#include "internal/server/test_peer.h"
#include "internal/transport/pair_channel.h"

namespace mcp::gateway {

using config::ServerEntry;
using json::Value;
using server::legacy;
using server::TestPeer;

// A gateway over in-process servers. A server that runs the built-in "x" has the tools x (answers "x#N", N
// counts the instances of x), hold (answers once released) and the resource res://x. For tests.
class ReloadFixture : public testing::Test {
 protected:
  struct Instance {
    std::shared_ptr<server::Catalog> catalog;
    std::weak_ptr<server::Session> session;
    std::vector<async::Slot<int>> gates;  // of the calls that hold
    std::vector<std::string> levels, methods;
  };

  ReloadFixture()
      : launcher(*loop, env, nullptr, nullptr, [this](const std::string& name) { return open(name); }) {}
  ~ReloadFixture() override {
    for (auto& client : clients) client->hang_up();
    if (gateway) gateway->stop();
    settle();
  }

  static ServerEntry entry(const std::string& name, const std::string& runs) {
    ServerEntry entry;
    entry.name = name;
    entry.kind = ServerEntry::Kind::kBuiltin;
    entry.builtin = runs;
    entry.era = "legacy";
    return entry;
  }

  void start(std::vector<ServerEntry> servers) {
    GatewayOptions options;
    options.servers = std::move(servers);
    options.info = R"({"name":"gateway","version":"1"})";
    gateway = Gateway::create(*loop, launcher, std::move(options));
    gateway->start();
    ASSERT_TRUE(wait([&] { return gateway->all_settled(); }));
    settle();
  }

  // A legacy client that has shaken hands.
  TestPeer& connect(const std::string& route = "", std::string_view capabilities = "{}") {
    auto backend = gateway->backend(route);
    clients.push_back(std::make_unique<TestPeer>(loop, [&](async::Loop&) { return backend; }));
    clients.back()->initialize(capabilities);
    settle();
    return *clients.back();
  }

  static std::string call(const std::string& id, const std::string& tool) {
    return legacy(id, "tools/call", R"({"name":")" + tool + R"(","arguments":{}})");
  }
  static std::string text_of(const Value& answer) {
    return answer.contains("result") ? answer["result"]["content"][0].value("text", "") : answer.dump();
  }
  static std::vector<std::string> names(const Value& answer) {
    std::vector<std::string> all;
    for (const auto& tool : answer["result"]["tools"]) all.push_back(tool["name"]);
    return all;
  }
  bool wait(const std::function<bool()>& done) { return loop->run_until(done, transport::kPatience); }
  void settle() {
    for (int i = 0; i < 50; ++i) loop->run_ready();
  }
  std::size_t holding(const std::string& runs) {
    std::size_t sum = 0;
    for (const auto& instance : instances[runs]) sum += instance->gates.size();
    return sum;
  }

  FakeEnv env;
  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  runtime::Launcher launcher;
  std::map<std::string, std::vector<std::shared_ptr<Instance>>> instances;  // by what they run
  std::shared_ptr<Gateway> gateway;
  std::vector<std::unique_ptr<TestPeer>> clients;

 private:
  static Task<server::Answer> hold(std::shared_ptr<Instance> self, async::Loop& loop) {
    async::Slot<int> gate(loop);
    self->gates.push_back(gate);
    int ignored = co_await gate.get();
    (void)ignored;
    co_return server::ToolResult::text("released");
  }

  Result<transport::ChannelPtr> open(const std::string& name) {
    auto instance = std::make_shared<Instance>();
    instances[name].push_back(instance);
    std::string said = name + "#" + std::to_string(instances[name].size());
    server::CatalogOptions options;
    options.server_info = R"({"name":"part","version":"1"})";
    instance->catalog = std::make_shared<server::Catalog>(*loop, options, env);
    server::Tool plain;
    plain.name = name;
    plain.handler = server::immediate([said](server::Context&) { return server::ToolResult::text(said); });
    server::Tool holds;
    holds.name = "hold";
    std::weak_ptr<Instance> weak = instance;
    async::Loop* on = loop.get();
    holds.handler = [weak, on](server::ContextPtr) { return hold(weak.lock(), *on); };
    server::Resource resource;
    resource.uri = "res://" + name;
    resource.name = name;
    resource.handler = server::immediate([](server::Context& context) {
      return server::ResourceResult::text(context.call()->uri(), "text/plain", "r");
    });
    bool added = instance->catalog->add(std::move(plain)) && instance->catalog->add(std::move(holds)) &&
                 instance->catalog->add(std::move(resource));
    if (!added) return fail(ErrorCode::kInternal, "broken test server");
    auto [ours, theirs] = transport::make_channel_pair(*loop);
    instance->session = server::serve(*loop, theirs, instance->catalog);
    return ours;
  }
};

}  // namespace mcp::gateway
