#include "internal/gateway/snapshot.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "internal/gateway/gauges.h"
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTools = R"([{"name":"ask","inputSchema":{"type":"object"}}])";

struct SnapshotTest : ::testing::Test {
  void open() {
    test.add("s", TestGateway::legacy_server(kTools));
    test.add("away", TestGateway::legacy_server(kTools));
    test.refusing.insert("away");
    test.start();
    ASSERT_TRUE(test.wait_state("s", "ready"));
    ASSERT_TRUE(test.wait_state("away", "failed"));
    client = test.client();
    client->initialize();
    client->ask(legacy("1", "tools/call", R"({"name":"s__ask"})"));
    client->ask(legacy("2", "tools/call", R"({"name":"away__ask"})"));
  }
  TestGateway test;
  std::unique_ptr<TestPeer> client;
};

TEST_F(SnapshotTest, SaysWhoIsThereAndWhatWasAsked) {
  open();
  Vitals vitals(*test.loop, test.gateway);
  vitals.start();
  SnapshotAbout about{"1.2.3", "http://127.0.0.1:1/mcp", real_env().wall_clock_ms()};
  auto snapshot = nlohmann::json::parse(snapshot_json(real_env(), *test.gateway, vitals, about));
  EXPECT_EQ(snapshot["version"], "1.2.3");
  EXPECT_EQ(snapshot["url"], "http://127.0.0.1:1/mcp");
  EXPECT_GT(snapshot["resident_bytes"], 0);
  EXPECT_EQ(snapshot["sessions"], nlohmann::json::parse(R"([{"era":"legacy","transport":"pair","open":1}])"));
  EXPECT_EQ(snapshot["totals"]["calls"], 3) << "initialize and two calls";
  EXPECT_EQ(snapshot["totals"]["errors"], 1);
  ASSERT_EQ(snapshot["servers"].size(), 2u);
  const auto& up = snapshot["servers"][0];
  EXPECT_EQ(up["name"], "s");
  EXPECT_EQ(up["state"], "ready");
  EXPECT_EQ(up["era"], "legacy");
  EXPECT_EQ(up["calls"], 1);
  EXPECT_EQ(up["errors"], 0);
  EXPECT_EQ(up["starts"], 1);
  const auto& away = snapshot["servers"][1];
  EXPECT_EQ(away["state"], "failed");
  EXPECT_EQ(away["errors"], 1);
  EXPECT_THAT(std::string(away["last_error"]), HasSubstr("refused"));
  vitals.stop();
}

TEST_F(SnapshotTest, OfHealthIsForEveryone) {
  open();
  Vitals vitals(*test.loop, test.gateway);
  SnapshotAbout about{"1.2.3", "http://secret", real_env().wall_clock_ms() - 5'000};
  auto health = nlohmann::json::parse(health_json(real_env(), vitals, about));
  EXPECT_EQ(health["status"], "ok");
  EXPECT_EQ(health["version"], "1.2.3");
  EXPECT_GE(health["uptime_seconds"], 5);
  EXPECT_TRUE(health.contains("p95_latency_ms"));
  EXPECT_EQ(health.size(), 4u);
}

TEST_F(SnapshotTest, KnowsTheRatesOfTheLastSeconds) {
  open();
  Vitals vitals(*test.loop, test.gateway);
  vitals.start();
  client->ask(legacy("3", "tools/call", R"({"name":"s__ask"})"));
  ASSERT_TRUE(test.loop->run_until([&] { return vitals.rates("s").seconds > 0; }, async::Millis{30'000}));
  EXPECT_GT(vitals.rates("s").calls, 0);
  EXPECT_GT(vitals.rates("s").p99, 0);
  EXPECT_EQ(vitals.rates("away").calls, 0);
  vitals.stop();
  EXPECT_THAT(test.gateway->account()->registry().text(), HasSubstr("mcp_loop_lag_seconds_count 1\n"));
}

TEST_F(SnapshotTest, GaugesCountLinksByState) {
  open();
  Gauges gauges(real_env(), test.gateway,
                {[] {
                   return http::PoolCounts{5, 3, 2, 4};
                 },
                 [] { return std::size_t{7}; }});
  gauges.refresh();
  std::string text = test.gateway->account()->registry().text();
  EXPECT_THAT(text, HasSubstr("mcp_links{server=\"s\",state=\"ready\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mcp_links{server=\"away\",state=\"ready\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("mcp_links{server=\"away\",state=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mcp_upstream_connections{state=\"idle\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("mcp_upstream_connections{state=\"busy\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mcp_queue_length{queue=\"upstream_connections\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mcp_queue_length{queue=\"continuations\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("mcp_refused_total{limit=\"upstream_connections\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("mcp_connections 7\n"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST_F(SnapshotTest, GaugesTellWhatConnectionsCarriedAndWhoWasCut) {
  open();
  http::ServerStats stats;
  GaugeSources sources;
  sources.server = [&stats] { return stats; };
  sources.unsent = [] { return std::size_t{4096}; };
  sources.buffered = [] { return std::size_t{8192}; };
  Gauges gauges(real_env(), test.gateway, sources);
  gauges.refresh();
  auto text = [this] { return test.gateway->account()->registry().text(); };
  EXPECT_THAT(text(), HasSubstr("mcp_socket_bytes_total{direction=\"in\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_unsent_bytes 4096\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_buffered_bytes 8192\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"max_stream_queue\"} 0\n"));
  stats.bytes_in = 10, stats.bytes_out = 20, stats.overfull = 3, stats.cut = 2;
  gauges.refresh();
  gauges.refresh();
  EXPECT_THAT(text(), HasSubstr("mcp_socket_bytes_total{direction=\"in\"} 10\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_socket_bytes_total{direction=\"out\"} 20\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"max_stream_queue\"} 3\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"min_write_rate\"} 2\n"));
}

TEST_F(SnapshotTest, GaugesOfServersThatWereRemovedStandAtZero) {
  open();
  Gauges gauges(real_env(), test.gateway, {});
  gauges.refresh();
  test.gateway->apply({}, async::Millis{0});
  gauges.refresh();
  EXPECT_THAT(test.gateway->account()->registry().text(),
              HasSubstr("mcp_links{server=\"s\",state=\"ready\"} 0\n"));
}

}  // namespace
}  // namespace mcp::gateway
