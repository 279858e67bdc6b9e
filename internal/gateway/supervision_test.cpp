// Servers that are started on demand, rest when idle, die, and come back or do not.
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

const std::string kList = legacy("1", "tools/list");
const std::string kCall = legacy("2", "tools/call", R"({"name":"a__go","arguments":{}})");
const std::string kPlain = R"([{"name":"go","inputSchema":{}}])";
const std::string kReadOnly = R"([{"name":"go","inputSchema":{},"annotations":{"readOnlyHint":true}}])";

struct Supervision : testing::Test {
  config::ServerEntry& add(std::string tools = kPlain, TestGateway::Script call = {}) {
    return t.add("a", TestGateway::legacy_server(std::move(tools), std::move(call)));
  }
  void start() {
    t.start();
    client = t.client();
    client->initialize();
  }
  std::string error_of(const Value& answer) {
    return answer.contains("error") ? answer["error"]["message"].get<std::string>()
                                    : "no error: " + answer.dump();
  }
  void TearDown() override { client.reset(); }

  TestGateway t;
  std::unique_ptr<TestPeer> client;
};

TEST_F(Supervision, AServerOnDemandIsStartedByTheFirstWhoNeedsIt) {
  add().start = config::ServerEntry::Start::kDemand;
  t.start();
  t.loop->run_ready();
  EXPECT_EQ(t.starts("a"), 0u);
  EXPECT_EQ(t.status("a").state, "idle");
  EXPECT_TRUE(t.gateway->all_settled());

  client = t.client();
  client->initialize();
  EXPECT_EQ(names_of(client->ask(kList)), "a__go");
  EXPECT_EQ(t.starts("a"), 1u);
  EXPECT_EQ(t.status("a").state, "ready");
}

TEST_F(Supervision, AnIdleServerRestsWithItsListsAndTheNextCallStartsIt) {
  add().idle_stop = async::Millis{30};
  start();
  EXPECT_EQ(names_of(client->ask(kList)), "a__go");
  ASSERT_TRUE(t.wait_state("a", "idle"));
  EXPECT_TRUE(t.wait([&] { return t.last("a").closed; }));
  EXPECT_EQ(names_of(client->ask(kList)), "a__go");
  EXPECT_EQ(t.starts("a"), 1u);
  EXPECT_EQ(t.status("a").tools, 1u);

  EXPECT_TRUE(client->ask(kCall).contains("result"));
  EXPECT_EQ(t.starts("a"), 2u);
}

TEST_F(Supervision, AToolThatARestingServerDoesNotHaveIsUnknownAndStartsNothing) {
  add().idle_stop = async::Millis{30};
  start();
  ASSERT_TRUE(t.wait_state("a", "idle"));
  auto answer = client->ask(legacy("2", "tools/call", R"({"name":"a__other"})"));
  EXPECT_THAT(error_of(answer), HasSubstr("Unknown tool"));
  EXPECT_EQ(t.starts("a"), 1u);
}

TEST_F(Supervision, ARunningCallASubscriptionAndASessionsOwnServerAreUse) {
  add(kPlain, [](const jsonrpc::Message& m) { return m.method == "tools/call" ? "" : "{}"; }).idle_stop =
      async::Millis{20};
  start();
  client->send(kCall);
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/call") == 1; }));
  t.pass(async::Millis{120});
  EXPECT_EQ(t.status("a").state, "ready");

  auto subscriber = t.client();
  subscriber->initialize();
  EXPECT_TRUE(
      subscriber->ask(legacy("3", "resources/subscribe", R"({"uri":"file:///a"})")).contains("result"));
  client->hang_up();
  t.pass(async::Millis{120});
  EXPECT_EQ(t.status("a").state, "ready");

  auto owner = t.client();
  owner->initialize(R"({"roots":{}})");
  ASSERT_TRUE(t.wait([&] { return t.starts("a") == 2; }));
  subscriber->hang_up();
  ASSERT_TRUE(t.wait_state("a", "idle"));  // nobody uses the shared one any more
  t.pass(async::Millis{120});
  EXPECT_FALSE(t.last("a").closed);
  EXPECT_TRUE(t.started["a"].front()->closed);
}

TEST_F(Supervision, WhatClientsAskedForIsToldAgainAfterARestart) {
  add();
  start();
  client->ask(kList);
  client->ask(legacy("3", "resources/subscribe", R"({"uri":"file:///a"})"));
  client->ask(legacy("4", "logging/setLevel", R"({"level":"info"})"));
  t.last("a").hang_up();
  ASSERT_TRUE(t.wait([&] { return t.starts("a") == 2 && t.status("a").state == "ready"; }));
  EXPECT_TRUE(t.wait([&] { return t.last("a").count("resources/subscribe") == 1; }));
  EXPECT_EQ(t.last("a").count("logging/setLevel"), 1u);
}

TEST_F(Supervision, ACallThatWasLostWithItsServerFailsAtOnceAndIsNotRepeated) {
  add(kPlain, [this](const jsonrpc::Message&) {
    t.last("a").hang_up();
    return std::string();
  });
  start();
  EXPECT_THAT(error_of(client->ask(kCall)), HasSubstr("\"a\""));
  EXPECT_EQ(t.starts("a"), 1u);
}

TEST_F(Supervision, ALostCallOfAReadOnlyToolIsRepeatedByTheNextInstance) {
  add(kReadOnly, [this](const jsonrpc::Message&) -> std::string {
    if (t.starts("a") > 1) return R"({"content":[{"type":"text","text":"second"}]})";
    t.last("a").hang_up();
    return {};
  });
  start();
  EXPECT_THAT(client->ask(kCall).dump(), HasSubstr("second"));
  EXPECT_EQ(t.last("a").count("tools/call"), 1u);
}

TEST_F(Supervision, ACallIsRepeatedOnceOnly) {
  add(kPlain, [this](const jsonrpc::Message&) {
    t.last("a").hang_up();
    return std::string();
  }).retry_tools = {"g*"};
  start();
  EXPECT_THAT(error_of(client->ask(kCall)), HasSubstr("\"a\""));
  EXPECT_EQ(t.starts("a"), 2u);
}

TEST_F(Supervision, ACallThatComesWhileItsServerIsBroughtBackWaitsForIt) {
  add();
  start();
  client->ask(kList);
  t.last("a").hang_up();
  ASSERT_TRUE(t.wait_state("a", "failed"));
  EXPECT_TRUE(client->ask(kCall).contains("result"));
  EXPECT_EQ(t.starts("a"), 2u);
}

TEST_F(Supervision, AServerThatDoesNotComeBackFailsCallsAtOnceByNameAndKeepsItsListsForAWhile) {
  add().list_grace = async::Millis{600'000};
  start();
  client->ask(kList);
  t.refusing.insert("a");
  t.last("a").hang_up();
  ASSERT_TRUE(t.wait([&] { return t.status("a").breaker == "open"; }));
  auto began = std::chrono::steady_clock::now();
  std::string message = error_of(client->ask(kCall));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_THAT(message, HasSubstr("server \"a\" is not available: connection refused"));
  EXPECT_THAT(message, HasSubstr("tried again in"));
  EXPECT_EQ(names_of(client->ask(kList)), "a__go");
  auto status = t.status("a");
  EXPECT_EQ(status.state, "failed");
  EXPECT_EQ(status.error, "connection refused");
  EXPECT_GT(status.retry_at_ms, 0);
}

TEST_F(Supervision, TheListsOfAServerThatStaysAwayGoOnceNotWithEveryAttempt) {
  add().list_grace = async::Millis{50};
  start();
  client->ask(kList);
  t.refusing.insert("a");
  t.last("a").hang_up();
  EXPECT_EQ(client->next()["method"], "notifications/resources/list_changed");
  EXPECT_EQ(client->next()["method"], "notifications/tools/list_changed");
  EXPECT_EQ(names_of(client->ask(kList)), "");
  ASSERT_TRUE(t.wait([&] { return t.status("a").starts >= 3; }));
  EXPECT_EQ(names_of(client->ask(legacy("9", "tools/list"))), "");  // and no notification came before it
}

TEST_F(Supervision, ListChangedIsSentAfterARestartOnlyWhereListsDiffer) {
  add();
  start();
  client->ask(kList);
  t.scripts["a"] = TestGateway::legacy_server(R"([{"name":"new","inputSchema":{}}])");
  t.last("a").hang_up();
  EXPECT_EQ(client->next()["method"], "notifications/tools/list_changed");
  EXPECT_EQ(names_of(client->ask(kList)), "a__new");
}

TEST_F(Supervision, AServerThatNeverAnswersTheHandshakeIsEndedAndNamed) {
  auto& entry = t.add("a", TestGateway::mute());
  entry.start_timeout = async::Millis{50};
  t.start();
  ASSERT_TRUE(t.wait_state("a", "failed"));
  EXPECT_THAT(t.status("a").error, HasSubstr("initialize: no answer within 50 ms"));
  EXPECT_TRUE(t.wait([&] { return t.started["a"].front()->closed; }));
  client = t.client();
  client->initialize();
  EXPECT_THAT(error_of(client->ask(kCall)), HasSubstr("server \"a\" is not available"));
}

// A server that declares tools, and refuses to list them as long as `broken` says so.
struct BrokenList : Supervision {
  void open(std::string error = R"({"code":-32603,"message":"disk on fire"})") {
    auto whole = TestGateway::legacy_server(kPlain);
    t.add("a", [this, whole, error](const jsonrpc::Message& m) {
       return broken && m.method == "tools/list" ? "!" + error : whole(m);
     }).required = true;
    t.start();
  }
  bool broken = true;
};

TEST_F(BrokenList, IsShownWithItsErrorAndReadAgainUntilItWorks) {
  open();
  ASSERT_TRUE(t.wait_state("a", "incomplete"));
  auto status = t.status("a");
  EXPECT_THAT(status.error, HasSubstr("tools/list: error -32603: disk on fire"));
  EXPECT_THAT(status.last_error, HasSubstr("disk on fire"));
  EXPECT_EQ(status.resources, 1u);  // what works is there
  EXPECT_TRUE(t.gateway->all_settled());

  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/list") >= 2; }));
  EXPECT_EQ(t.status("a").state, "incomplete");
  broken = false;
  ASSERT_TRUE(t.wait_state("a", "ready"));
  EXPECT_EQ(t.status("a").tools, 1u);
  EXPECT_EQ(t.status("a").error, "");
  EXPECT_THAT(t.status("a").last_error, HasSubstr("disk on fire"));
  EXPECT_EQ(t.starts("a"), 1u);
}

TEST_F(BrokenList, ItsLastGoodOneServesAndTheTroubleIsTold) {
  broken = false;
  open();
  ASSERT_TRUE(t.wait_state("a", "ready"));
  broken = true;
  t.last("a").send(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  ASSERT_TRUE(t.wait([&] { return !t.status("a").last_error.empty(); }));
  EXPECT_EQ(t.status("a").state, "ready");
  EXPECT_EQ(t.status("a").tools, 1u);
  EXPECT_THAT(t.status("a").last_error, HasSubstr("disk on fire"));
}

TEST_F(BrokenList, AServerThatDeclaresToolsHasToListThem) {
  open(R"({"code":-32601,"message":"Method not found"})");
  ASSERT_TRUE(t.wait_state("a", "incomplete"));
  EXPECT_THAT(t.status("a").error, HasSubstr("Method not found"));
}

TEST_F(BrokenList, AChangeIsToldToWhoWatches) {
  open();
  std::vector<std::string> states;
  t.gateway->on_change([&] { states.push_back(t.status("a").state); });
  ASSERT_TRUE(t.wait_state("a", "incomplete"));
  EXPECT_EQ(states.back(), "incomplete");
  broken = false;
  ASSERT_TRUE(t.wait_state("a", "ready"));
  EXPECT_EQ(states.back(), "ready");
}

}  // namespace
}  // namespace mcp::gateway
