// Servers whose connection stands while their calls fail.
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

struct LinkBreaker : testing::Test {
  void start(TestGateway::Script call) {
    auto& entry =
        t.add("a", TestGateway::legacy_server(R"([{"name":"go","inputSchema":{}}])", std::move(call)));
    entry.call_timeout = async::Millis{20};
    t.start();
    client = t.client();
    client->initialize();
  }
  std::string call() {
    return client->ask(legacy(std::to_string(++id), "tools/call", R"({"name":"a__go"})")).dump();
  }
  void TearDown() override { client.reset(); }

  TestGateway t;
  std::unique_ptr<TestPeer> client;
  int id = 0;
};

TEST_F(LinkBreaker, OpensAfterTimeoutsInARowFailsAtOnceAndClosesWhenAPingIsAnswered) {
  bool silent = true;
  start([&silent](const jsonrpc::Message&) { return silent ? "" : R"({"content":[]})"; });
  for (int i = 0; i < runtime::Breaker::kThreshold; ++i) EXPECT_THAT(call(), HasSubstr("no answer within"));
  EXPECT_EQ(t.status("a").breaker, "open");
  EXPECT_EQ(t.status("a").state, "failed");
  auto calls = t.last("a").count("tools/call");
  EXPECT_THAT(call(), HasSubstr("is not available"));
  EXPECT_EQ(t.last("a").count("tools/call"), calls);  // it did not reach the server

  silent = false;
  ASSERT_TRUE(t.wait([&] { return t.status("a").breaker == "closed"; }));
  EXPECT_EQ(t.last("a").count("ping"), 1u);
  EXPECT_THAT(call(), HasSubstr("result"));
  EXPECT_EQ(t.starts("a"), 1u);
  EXPECT_THAT(t.status("a").last_error, HasSubstr("no answer within"));
  EXPECT_EQ(t.status("a").error, "");
}

TEST_F(LinkBreaker, ErrorsAndFailedToolsAreAnswers) {
  int turn = 0;
  start([&turn](const jsonrpc::Message&) {
    return ++turn % 2 == 0 ? R"({"isError":true,"content":[]})" : R"(!{"code":-32603,"message":"no"})";
  });
  for (int i = 0; i < 4 * runtime::Breaker::kThreshold; ++i) call();
  EXPECT_EQ(t.status("a").breaker, "closed");
  EXPECT_EQ(turn, 4 * runtime::Breaker::kThreshold);
}

TEST_F(LinkBreaker, ManyCallsThatDieWithOneConnectionAreOneLoss) {
  start([](const jsonrpc::Message&) { return ""; });
  client->ask(legacy("99", "tools/list"));
  int many = 3 * runtime::Breaker::kThreshold;
  for (int i = 0; i < many; ++i)
    client->send(legacy(std::to_string(++id), "tools/call", R"({"name":"a__go"})"));
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/call") == static_cast<std::size_t>(many); }));
  t.last("a").hang_up();
  for (int i = 0; i < many; ++i) EXPECT_TRUE(client->next().contains("error"));
  EXPECT_EQ(t.status("a").breaker, "closed");
}

}  // namespace
}  // namespace mcp::gateway
