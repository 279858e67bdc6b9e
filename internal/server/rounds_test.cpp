#include "internal/server/test_catalog.h"

namespace mcp::server {
namespace {

TEST_F(CatalogTest, AModernClientGetsInputRequiredAndComesBack) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"elicitation":{}})"))["result"];
  EXPECT_EQ(asked["resultType"], "input_required");
  EXPECT_EQ(asked["inputRequests"]["who"]["method"], "elicitation/create");
  EXPECT_FALSE(asked.contains("ttlMs"));
  std::string back =
      R"(,"name":"ask","inputResponses":{"who":{"action":"accept","content":{"name":"bob"}}},"requestState":)" +
      asked["requestState"].dump();
  EXPECT_EQ(text(peer->ask(modern("2", "tools/call", back, R"({"elicitation":{}})"))), "hello bob!");
}

TEST_F(CatalogTest, AMissingInputResponseIsAskedForAgain) {
  open();
  Value again = peer->ask(
      modern("1", "tools/call", R"(,"name":"ask","inputResponses":{"other":{}})", R"({"elicitation":{}})"));
  EXPECT_EQ(again["result"]["resultType"], "input_required");
}

TEST_F(CatalogTest, AChangedRequestStateIsInvalidParams) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"elicitation":{}})"))["result"];
  std::string state = asked["requestState"];
  state[10] = state[10] == 'A' ? 'B' : 'A';
  Value refused = peer->ask(
      modern("2", "tools/call", R"(,"name":"ask","inputResponses":{},"requestState":")" + state + '"'));
  EXPECT_EQ(code(refused), -32602);
  EXPECT_EQ(refused["error"]["data"]["reason"], "invalid_request_state");
}

TEST_F(CatalogTest, ARequestStateAnswersOnlyToItsOwnArguments) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask","arguments":{"a":1,"b":2})",
                                 R"({"elicitation":{}})"))["result"];
  std::string state = asked["requestState"].dump();
  auto back = [&](const char* arguments) {
    return peer->ask(
        modern("2", "tools/call",
               R"(,"name":"ask","arguments":)" + std::string(arguments) + R"(,"requestState":)" + state,
               R"({"elicitation":{}})"));
  };
  EXPECT_EQ(code(back(R"({"b":2,"a":1})")), 0);
  EXPECT_EQ(code(back(R"({"a":1,"b":3})")), -32602);
}

TEST_F(CatalogTest, WhatAModernClientDidNotDeclareIsMissingCapability) {
  open();
  Value refused = peer->ask(modern("1", "tools/call", R"(,"name":"ask")"));
  EXPECT_EQ(code(refused), -32021);
  EXPECT_TRUE(refused["error"]["data"]["requiredCapabilities"].contains("elicitation"));
}

TEST_F(CatalogTest, RequireSaysWhichCapabilityIsMissing) {
  open();
  Value refused = peer->ask(modern("1", "tools/call", R"(,"name":"sampler")"));
  EXPECT_EQ(code(refused), -32021);
  EXPECT_TRUE(refused["error"]["data"]["requiredCapabilities"].contains("sampling"));
  EXPECT_EQ(text(peer->ask(modern("2", "tools/call", R"(,"name":"sampler")", R"({"sampling":{}})"))),
            "can sample");
}

TEST_F(CatalogTest, ALegacyClientIsAskedByARequestInstead) {
  legacy_client(R"({"elicitation":{}})");
  Value question = peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"));
  EXPECT_EQ(question["method"], "elicitation/create");
  peer->send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() +
             R"(,"result":{"action":"accept","content":{"name":"ann"}}})");
  EXPECT_EQ(text(peer->next()), "hello ann!");
}

TEST_F(CatalogTest, ALegacyClientThatCannotBeAskedGetsAnError) {
  legacy_client();
  EXPECT_NE(code(peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"))), 0);
}

TEST_F(CatalogTest, AHandlerThatNeverStopsAskingIsStopped) {
  legacy_client(R"({"roots":{}})");
  Value got = peer->ask(legacy("1", "tools/call", R"({"name":"endless"})"));
  int rounds = 0;
  for (; got.value("method", "") == "roots/list"; ++rounds) {
    got = peer->ask(R"({"jsonrpc":"2.0","id":)" + got["id"].dump() + R"(,"result":{"roots":[]}})");
  }
  EXPECT_EQ(rounds, 16);
  EXPECT_EQ(code(got), -32603);
}

}  // namespace
}  // namespace mcp::server
