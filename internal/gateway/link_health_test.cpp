// What a link thinks of its server, and when it looks.
#include "internal/gateway/test_gateway.h"
#include "internal/json/members.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

const std::string kCall = legacy("2", "tools/call", R"({"name":"a__go","arguments":{}})");
const std::string kPlain = R"([{"name":"go","inputSchema":{}}])";
const std::string kReadOnly = R"([{"name":"go","inputSchema":{},"annotations":{"readOnlyHint":true}}])";

struct LinkHealth : testing::Test {
  void start() {
    t.start();
    client = t.client();
    client->initialize();
  }
  // The server says that it ended this request: a failure of the transport on a connection that stands.
  std::string end_request(const jsonrpc::Message& request) {
    t.last("a").send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                     request.id->raw() + "}}");
    return {};
  }
  // A modern server that calls `listen` for subscriptions/listen.
  static TestGateway::Script modern_server(TestGateway::Script listen) {
    return [listen = std::move(listen)](const jsonrpc::Message& m) -> std::string {
      if (m.method == "server/discover") {
        return R"({"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,"cacheScope":"public",)"
               R"("capabilities":{"tools":{"listChanged":true}}})";
      }
      if (m.method == "tools/list")
        return R"({"resultType":"complete","ttlMs":3600000,"cacheScope":"public","tools":)" + kPlain + "}";
      if (m.method == "subscriptions/listen") return listen(m);
      return R"({"resultType":"complete","content":[]})";
    };
  }
  void acknowledge(const jsonrpc::Message& listen) {
    t.last("a").send(
        R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{)"
        R"("io.modelcontextprotocol/subscriptionId":)" +
        listen.id->raw() + R"(},"notifications":{"toolsListChanged":true}}})");
  }
  void TearDown() override { client.reset(); }

  TestGateway t;
  std::unique_ptr<TestPeer> client;
};

TEST_F(LinkHealth, AFailedCallIsRememberedAtOnceAndAPingFindsOutMore) {
  t.add("a",
        TestGateway::legacy_server(kPlain, [this](const jsonrpc::Message& m) { return end_request(m); }));
  start();
  EXPECT_THAT(client->ask(kCall).dump(), HasSubstr("the server ended the request"));
  EXPECT_THAT(t.status("a").last_error, HasSubstr("the server ended the request"));
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("ping") == 1; }));
  t.loop->run_ready();
  EXPECT_EQ(t.status("a").state, "ready");
  EXPECT_EQ(t.starts("a"), 1u);
}

TEST_F(LinkHealth, AListenStreamThatEndedIsOpenedAgainAndListsAreReadForWhatWasMissed) {
  t.add("a", modern_server([this](const jsonrpc::Message& m) -> std::string {
          acknowledge(m);
          return t.last("a").count("subscriptions/listen") == 1 ? R"({"resultType":"complete"})" : "";
        }),
        "modern");
  start();
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/list") == 1; }));
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/list") == 2; }));
  EXPECT_EQ(t.last("a").count("subscriptions/listen"), 2u);
}

TEST_F(LinkHealth, AnAnsweredCallWakesAListenStreamThatWaits) {
  t.add("a", modern_server([this](const jsonrpc::Message& m) { return end_request(m); }), "modern");
  start();
  ASSERT_TRUE(t.wait_state("a", "ready"));
  // By itself the fifth attempt comes after fifteen seconds.
  int id = 100;
  std::size_t heard = client->received();
  ASSERT_TRUE(t.wait([&] {
    if (client->received() == heard) {
      client->send(legacy(std::to_string(++id), "tools/call", R"({"name":"a__go"})"));
      heard = client->received() + 1;
    }
    if (client->received() >= heard) heard = client->received();
    return t.last("a").count("subscriptions/listen") == 5;
  }));
}

TEST_F(LinkHealth, AModernServerThatDeclaresNothingIsAskedForEverything) {
  t.add(
      "a",
      [](const jsonrpc::Message& m) -> std::string {
        if (m.method != "tools/list") return R"(!{"code":-32601,"message":"Method not found"})";
        return R"({"resultType":"complete","tools":)" + kPlain + "}";
      },
      "modern");
  t.add(
      "b", [](const jsonrpc::Message&) { return R"(!{"code":-32601,"message":"Method not found"})"; },
      "modern");
  start();
  ASSERT_TRUE(t.wait_state("a", "ready"));
  EXPECT_EQ(t.status("a").tools, 1u);
  EXPECT_EQ(t.last("a").count("prompts/list"), 1u);
  ASSERT_TRUE(t.wait_state("b", "ready")) << "it has no tools, and never said that it had";
}

TEST_F(LinkHealth, AServerThatKeepsDyingSaysWhenItIsTriedAgain) {
  t.add("a", TestGateway::legacy_server(kPlain));
  start();
  // The fourth loss is followed by eight seconds, for which no call waits.
  for (std::size_t loss = 1; loss <= 4; ++loss) {
    ASSERT_TRUE(t.wait([&] { return t.starts("a") == loss && t.status("a").state == "ready"; }));
    t.last("a").hang_up();
    ASSERT_TRUE(t.wait_state("a", "failed"));
  }
  EXPECT_EQ(t.status("a").breaker, "closed");
  std::string answer = client->ask(kCall).dump();
  EXPECT_THAT(answer, HasSubstr("is not available"));
  EXPECT_THAT(answer, HasSubstr("(tried again in "));
}

TEST_F(LinkHealth, OneServersOwnEndpointSaysWhyNothingIsKnownOfIt) {
  t.add("a", TestGateway::legacy_server(kPlain));
  t.add("b", TestGateway::legacy_server(kPlain));
  t.refusing.insert("a");
  t.start();
  ASSERT_TRUE(t.wait_state("a", "failed"));
  TestPeer alone(t.loop, [this](async::Loop&) { return t.gateway->backend("a"); });
  alone.initialize();
  for (const char* list : {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
    auto answer = alone.ask(legacy("1", list));
    ASSERT_TRUE(answer.contains("error")) << list << answer.dump();
    EXPECT_THAT(answer["error"]["message"].get<std::string>(),
                HasSubstr("server \"a\" is not available: connection refused"));
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("tried again in"));
  }
  client = t.client();
  client->initialize();
  EXPECT_EQ(names_of(client->ask(legacy("1", "tools/list"))), "b__go") << "the others' lists are not held up";
}

TEST_F(LinkHealth, TheLastGoodListOfALostServerIsShownAtItsOwnEndpoint) {
  t.add("a", TestGateway::legacy_server(kPlain)).list_grace = async::Millis{600'000};
  t.start();
  TestPeer alone(t.loop, [this](async::Loop&) { return t.gateway->backend("a"); });
  alone.initialize();
  EXPECT_EQ(names_of(alone.ask(legacy("1", "tools/list"))), "go");
  t.refusing.insert("a");
  t.last("a").hang_up();
  ASSERT_TRUE(t.wait([&] { return t.status("a").breaker == "open"; }));
  EXPECT_EQ(names_of(alone.ask(legacy("2", "tools/list"))), "go");
}

TEST_F(LinkHealth, ProgressOfACallThatIsRepeatedNeverGoesBack) {
  t.add("a", TestGateway::legacy_server(kReadOnly, [this](const jsonrpc::Message& m) -> std::string {
          bool again = t.starts("a") > 1;
          std::string token(json::member_of(json::member_of(m.params.view(), "_meta"), "progressToken"));
          for (const char* step : {"0.5", "1", "1", "1e1"}) {
            if (!again && *step == '1' && step[1] == 'e') break;
            t.last("a").send(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":)" +
                             std::string(step) + R"(,"progressToken":)" + token + "}}");
          }
          return again ? R"({"content":[]})" : "";
        }));
  start();
  client->send(legacy("2", "tools/call", R"({"name":"a__go","_meta":{"progressToken":"p"}})"));
  EXPECT_EQ(client->next()["params"]["progress"], 0.5);
  EXPECT_EQ(client->next()["params"]["progress"], 1);
  t.last("a").hang_up();
  // While the server is started again, its waiting may be told too.
  double told = 1;
  for (Value heard = client->next(); !heard.contains("result"); heard = client->next()) {
    EXPECT_EQ(heard["params"]["progressToken"], "p");
    EXPECT_GT(heard["params"]["progress"], told);
    told = heard["params"]["progress"];
  }
  EXPECT_EQ(told, 10);
}

}  // namespace
}  // namespace mcp::gateway
