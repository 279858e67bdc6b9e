#include "internal/gateway/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/log.h"
#include "internal/http/test_fetch.h"
#include "internal/http/test_peer.h"
#include "internal/runtime/launcher.h"
#include "internal/server/builtin.h"
#include "internal/transport/pair_channel.h"

namespace mcp::gateway {
namespace {

using http::testing::Fetched;
using http::testing::TestPeer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kInitialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},)"
    R"("clientInfo":{"name":"t","version":"1"}}})";
const std::string kDiscover =
    R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{)"
    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})";

// A front before the built-in echo server, on a real port.
struct FrontTest : testing::Test {
  static constexpr std::size_t kMaxBody = 1000;
  using Fields = std::vector<std::pair<std::string, std::string>>;

  FrontTest()
      : launcher(loop, real_env(), nullptr, client, builtins(loop)),
        gateway(Gateway::create(loop, launcher, options())),
        front(loop, gateway, Door(DoorOptions()), {}),
        server(loop, front, limits()),
        port(*server.listen("127.0.0.1:0")) {
    gateway->start();
    EXPECT_TRUE(loop.run_until([this] { return gateway->all_settled(); }, async::Millis(10'000)));
  }
  ~FrontTest() override {
    server.close();
    front.close();
    gateway->stop();
    loop.run_ready();
  }

  static runtime::Launcher::BuiltinFactory builtins(async::Loop& loop) {
    return [&loop](const std::string& name) -> Result<transport::ChannelPtr> {
      auto [ours, theirs] = transport::make_channel_pair(loop);
      server::serve(loop, theirs, server::make_builtin(name, loop));
      return ours;
    };
  }
  static GatewayOptions options() {
    GatewayOptions made;
    config::ServerEntry echo;
    echo.name = echo.builtin = "echo";
    echo.kind = config::ServerEntry::Kind::kBuiltin;
    echo.prefix = "";
    made.servers.push_back(std::move(echo));
    made.info = R"({"name":"mcp","version":"0"})";
    return made;
  }
  static http::ServerLimits limits() {
    http::ServerLimits made;
    made.max_body_bytes = kMaxBody;
    return made;
  }

  Fetched ask(const std::string& method, const std::string& path, const std::string& body = "",
              const Fields& fields = {}) {
    auto request = http::testing::request_to("http://127.0.0.1:" + std::to_string(port) + path, body, method);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/event-stream");
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    auto fetched = http::testing::fetch(loop, *client, std::move(request));
    EXPECT_TRUE(fetched) << fetched.error().message;
    return fetched ? *fetched : Fetched();
  }
  // What comes back for raw bytes, up to the end of the connection.
  std::string answer_to(const std::string& request) {
    TestPeer peer(loop, port);
    peer.send(request);
    EXPECT_TRUE(peer.wait_closed()) << request;
    return peer.received();
  }

  async::Loop loop;
  std::shared_ptr<http::Client> client = std::make_shared<http::Client>(loop);
  runtime::Launcher launcher;
  std::shared_ptr<Gateway> gateway;
  Front front;
  http::Server server;
  std::uint16_t port;
};

constexpr const char* kAllowOrigin = "Access-Control-Allow-Origin";

TEST_F(FrontTest, ABrowserMayReadWhyItsBodyIsTooLarge) {
  std::string body(kMaxBody + 1, 'x');
  auto refused = ask("POST", "/mcp", body, {{"Origin", "http://localhost:5173"}});
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.headers.get(kAllowOrigin), "http://localhost:5173");
  EXPECT_EQ(refused.headers.get("Vary"), "Origin");
  auto nobodys = ask("POST", "/mcp", body);
  EXPECT_EQ(nobodys.status, 413);
  EXPECT_FALSE(nobodys.headers.has(kAllowOrigin));
  auto foreign = ask("POST", "/mcp", body, {{"Origin", "http://evil.example"}});
  EXPECT_EQ(foreign.status, 403);
  EXPECT_FALSE(foreign.headers.has(kAllowOrigin));
}

TEST_F(FrontTest, ARefusalOfTheParserTellsAllowedOriginsOnly) {
  auto request = [](const std::string& fields) {
    return "GET /a/../mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n";
  };
  auto allowed = answer_to(request("Origin: http://localhost:5173\r\n"));
  EXPECT_THAT(allowed, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(allowed, HasSubstr("\r\nAccess-Control-Allow-Origin: http://localhost:5173\r\n"));
  for (const char* fields : {"", "Origin: http://evil.example\r\n", "Origin: null\r\n",
                             "Origin: http://localhost:1\r\nOrigin: http://localhost:1\r\n"}) {
    auto other = answer_to(request(fields));
    EXPECT_THAT(other, StartsWith("HTTP/1.1 400 ")) << fields;
    EXPECT_THAT(other, Not(HasSubstr(kAllowOrigin))) << fields;
  }
}

TEST_F(FrontTest, WhileDrainingNewConnectionsLearnSo) {
  EXPECT_THAT(ask("GET", "/ready").body, HasSubstr(R"("status":"ready")"));
  front.drain();
  server.drain();
  auto ready = ask("GET", "/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr(R"("status":"draining")"));
  EXPECT_EQ(ask("GET", "/health").status, 200);
  EXPECT_EQ(ready.headers.get("Connection"), "close");
}

TEST_F(FrontTest, WhileDrainingWhatWouldBeginAnewIsSentAway) {
  front.drain();
  server.drain();
  const Fields modern{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "server/discover"}};
  for (const auto& refused : {ask("POST", "/mcp", kInitialize), ask("POST", "/servers/echo/mcp", kInitialize),
                              ask("POST", "/mcp", kDiscover, modern)}) {
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.get("Retry-After"), "1");
    EXPECT_EQ(refused.headers.get("Connection"), "close");
  }
  EXPECT_EQ(front.sessions(), 0u);
}

TEST_F(FrontTest, WhileDrainingASessionGoesOn) {
  auto opened = ask("POST", "/mcp", kInitialize);
  ASSERT_EQ(opened.status, 200);
  const Fields session{{"Mcp-Session-Id", std::string(opened.headers.get("Mcp-Session-Id"))}};
  EXPECT_EQ(ask("POST", "/mcp", R"({"jsonrpc":"2.0","method":"notifications/initialized"})", session).status,
            202);
  front.drain();
  server.drain();
  for (const char* id : {"2", "3"}) {
    auto listed = ask("POST", "/mcp",
                      std::string(R"({"jsonrpc":"2.0","method":"tools/list","id":)") + id + "}", session);
    EXPECT_EQ(listed.status, 200);
    EXPECT_THAT(listed.body, HasSubstr(R"("echo")"));
  }
}

TEST_F(FrontTest, ShowsMetricsOnlyWhereItWasToldTo) {
  EXPECT_EQ(ask("GET", "/metrics").status, 404);
  front.set_metrics([] { return std::string("up 1\n"); });
  EXPECT_EQ(ask("GET", "/metrics").body, "up 1\n");
  EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_EQ(ask("POST", "/metrics", "{}").status, 405);
  EXPECT_EQ(ask("GET", "/metrics/more").status, 404);
  front.set_metrics(nullptr);
  EXPECT_EQ(ask("GET", "/metrics").status, 404);
}

TEST_F(FrontTest, ShowsMetricsBehindItsDoor) {
  front.set_metrics([] { return std::string("up 1\n"); });
  EXPECT_EQ(ask("GET", "/metrics", "", {{"Origin", "https://evil.example"}}).status, 403);
  DoorOptions options;
  options.tokens = {{"alice", "secret"}};
  front.configure(Door(options), {});
  EXPECT_EQ(ask("GET", "/metrics").status, 401);
  EXPECT_EQ(ask("GET", "/metrics", "", {{"Authorization", "Bearer secret"}}).status, 200);
}

TEST_F(FrontTest, CountsBodiesThatAreTooLong) {
  auto metrics = [this] { return gateway->account()->registry().text(); };
  std::string padding(kMaxBody - kInitialize.size() - 1, ' ');
  EXPECT_EQ(ask("POST", "/mcp", kInitialize + padding + " ").status, 200);
  EXPECT_THAT(metrics(), HasSubstr("limit=\"max_body\"} 0\n"));
  auto refused = ask("POST", "/mcp", kInitialize + padding + "  ");
  EXPECT_EQ(refused.status, 413);
  EXPECT_THAT(refused.body, HasSubstr("max_body in [serve] is reached"));
  EXPECT_THAT(metrics(), HasSubstr("mcp_refused_total{limit=\"max_body\"} 1\n"));
}

// Whatever a client posts to where MCP is served has its line and its count, whoever refuses it.
TEST_F(FrontTest, AccountsForWhatIsRefusedBeforeASessionHearsOfIt) {
  log::configure(log::Level::kInfo, log::Format::kLogfmt);
  gateway->account()->configure({.access_log = true});
  std::size_t asked = 0;
  auto line_for = [&](int status, auto&& fn) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(fn().status, status);
    gateway->account()->flush();
    std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("outcome=refused status=" + std::to_string(status)));
    EXPECT_EQ(said.find("msg=call"), said.rfind("msg=call")) << said;
    ++asked;
    return said;
  };
  const std::string call = R"({"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"echo"}})";
  auto said = line_for(404, [&] { return ask("POST", "/mcp", call, {{"Mcp-Session-Id", "none"}}); });
  EXPECT_THAT(said, HasSubstr("request=\"\\\"c\\\"\" principal=local method=tools/call "));
  EXPECT_THAT(said, HasSubstr("bytes_in=" + std::to_string(call.size())));
  line_for(400, [&] { return ask("POST", "/mcp", "{"); });
  line_for(404, [&] { return ask("POST", "/servers/none/mcp", call); });
  line_for(413, [&] { return ask("POST", "/mcp", std::string(kMaxBody + 1, ' ')); });
  transport::HttpEndpointOptions options;
  options.max_sessions = 0;
  options.max_client_requests = 0;
  front.configure(Door(DoorOptions()), options);
  line_for(503, [&] { return ask("POST", "/mcp", kInitialize); });
  DoorOptions keyed;
  keyed.tokens = {{"alice", "secret"}};
  options.has_principals = true;
  front.configure(Door(keyed), options);
  Fields modern{{"MCP-Protocol-Version", "2026-07-28"},
                {"Mcp-Method", "server/discover"},
                {"Authorization", "Bearer secret"}};
  EXPECT_THAT(line_for(429, [&] { return ask("POST", "/mcp", kDiscover, modern); }),
              HasSubstr("method=server/discover"));
  line_for(401, [&] { return ask("POST", "/mcp", call); });
  log::configure(log::Level::kWarn, log::Format::kLogfmt);
  EXPECT_EQ(gateway->account()->meter(Account::kNobody).calls(), asked);
  EXPECT_THAT(
      gateway->account()->registry().text(),
      HasSubstr("mcp_requests_total{method=\"tools/call\",outcome=\"refused\",server=\"_gateway\"} 1\n"));
}

// A request that a session has is accounted by the session, whatever HTTP status its answer has.
TEST_F(FrontTest, DoesNotAccountTwiceForWhatASessionAnswersWithAnError) {
  Fields modern{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "made/up"}};
  std::string unknown = kDiscover;
  unknown.replace(unknown.find("server/discover"), 15, "made/up");
  EXPECT_EQ(ask("POST", "/mcp", unknown, modern).status, 404);
  std::string metrics = gateway->account()->registry().text();
  EXPECT_THAT(
      metrics,
      HasSubstr("mcp_requests_total{method=\"other\",outcome=\"rpc_error\",server=\"_gateway\"} 1\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("outcome=\"refused\"")));
}

TEST_F(FrontTest, CountsAModernRequestAsOneOfItsEra) {
  Fields fields{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "server/discover"}};
  EXPECT_EQ(ask("POST", "/mcp", kDiscover, fields).status, 200);
  std::string metrics = gateway->account()->registry().text();
  EXPECT_THAT(metrics, HasSubstr("mcp_sessions{era=\"modern\",transport=\"http\"} 0\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("mcp_sessions{era=\"legacy\",transport=\"http\"}")));
}

TEST_F(FrontTest, CountsConnectionsOverTheirLimit) {
  http::ServerLimits one = limits();
  one.max_connections = 1;
  server.limit(one);
  TestPeer first(loop, port);
  ASSERT_TRUE(loop.run_until([this] { return server.connections() == 1; }, async::Millis(10'000)));
  auto metrics = [this] { return gateway->account()->registry().text(); };
  EXPECT_THAT(metrics(), HasSubstr("limit=\"max_connections\"} 0\n"));
  TestPeer second(loop, port);
  EXPECT_TRUE(second.wait_for("HTTP/1.1 503 "));
  EXPECT_TRUE(second.wait_for("Retry-After: 1\r\n"));
  EXPECT_TRUE(second.wait_for("too many connections: max_connections in [serve] is reached"));
  EXPECT_THAT(metrics(), HasSubstr("mcp_refused_total{limit=\"max_connections\"} 1\n"));
}

TEST_F(FrontTest, CountsWhatALimitCutOrEndedWithoutAnAnswer) {
  auto metrics = [this] { return gateway->account()->registry().text(); };
  front.cut("max_buffered");
  front.closed_idle("idle_timeout");
  EXPECT_THAT(metrics(), HasSubstr("mcp_refused_total{limit=\"max_buffered\"} 1\n"));
  EXPECT_THAT(metrics(), HasSubstr("mcp_ended_total{limit=\"idle_timeout\"} 1\n"));
}

TEST_F(FrontTest, TellsTheTwoTimesForOneRequestTogether) {
  auto text = [](const http::Response& refused) { return std::string(refused.body.view()); };
  EXPECT_THAT(text(front.refuse({408, "late", "header_timeout"}, nullptr)),
              HasSubstr("header_timeout in [serve]"));
  EXPECT_THAT(text(front.refuse({408, "late", "body_timeout"}, nullptr)),
              HasSubstr("body_timeout in [serve]"));
  EXPECT_THAT(gateway->account()->registry().text(), HasSubstr("mcp_refused_total{limit=\"deadline\"} 2\n"));
}

TEST_F(FrontTest, CountsSessionsOverTheirLimit) {
  transport::HttpEndpointOptions options;
  options.max_sessions = 1;
  front.configure(Door(DoorOptions()), options);
  EXPECT_EQ(ask("POST", "/mcp", kInitialize).status, 200);
  auto metrics = [this] { return gateway->account()->registry().text(); };
  EXPECT_THAT(metrics(), HasSubstr("mcp_sessions{era=\"legacy\",transport=\"http\"} 1\n"));
  EXPECT_THAT(metrics(), HasSubstr("limit=\"max_sessions\"} 0\n"));
  EXPECT_EQ(ask("POST", "/mcp", kInitialize).status, 503);
  EXPECT_THAT(metrics(), HasSubstr("mcp_refused_total{limit=\"max_sessions\"} 1\n"));
}

}  // namespace
}  // namespace mcp::gateway
