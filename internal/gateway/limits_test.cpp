// How many calls a server is sent at once and who waits, and how many instances of servers single clients may
// have, at the limit and one beyond.
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

constexpr const char* kTools = R"([{"name":"t","inputSchema":{"type":"object"}}])";

std::string call(int id) { return legacy(std::to_string(id), "tools/call", R"({"name":"s__t"})"); }

struct LimitsTest : testing::Test, TestGateway {
  // One server that answers calls when release() says so.
  void serve(std::size_t in_flight, std::size_t queue) {
    auto& entry = add("s", legacy_server(kTools, [](const jsonrpc::Message&) { return std::string(); }));
    entry.max_in_flight = in_flight;
    entry.max_queue = queue;
    start();
    ASSERT_TRUE(wait_state("s", "ready"));
  }
  std::unique_ptr<TestPeer> caller() {
    auto peer = client();
    peer->initialize();
    return peer;
  }
  std::vector<std::string> calls() {
    std::vector<std::string> ids;
    for (const auto& message : last("s").seen) {
      if (message.method == "tools/call") ids.push_back(message.id->raw());
    }
    return ids;
  }
  bool at_server(std::size_t count) {
    return wait([&] { return calls().size() >= count; });
  }
  // The answer to the nth call that the server was sent.
  void release(std::size_t nth) {
    last("s").send(R"({"jsonrpc":"2.0","id":)" + calls().at(nth) + R"(,"result":{"content":[]}})");
  }
  std::size_t waiting() { return gateway->roster().find("s")->admission()->waiting(); }
  std::size_t inside() { return gateway->roster().find("s")->admission()->inside(); }
  std::size_t refused(const char* limit) {
    const auto& all = gateway->account()->refusals();
    auto found = all.find(limit);
    return found == all.end() ? 0 : static_cast<std::size_t>(found->second.value());
  }
  static std::string text(const Value& answer) { return answer.dump(); }
};

TEST_F(LimitsTest, AServerIsSentAsManyCallsAsItMayHaveAndTheNextWaits) {
  serve(2, 10);
  auto ada = caller();
  for (int id = 1; id <= 3; ++id) ada->send(call(id));
  ASSERT_TRUE(at_server(2));
  ASSERT_TRUE(wait([&] { return waiting() == 1; }));
  EXPECT_EQ(calls().size(), 2u);
  release(0);
  EXPECT_EQ(ada->next()["id"], 1);
  ASSERT_TRUE(at_server(3));
  release(1);
  release(2);
  EXPECT_EQ(ada->next()["id"], 2);
  EXPECT_EQ(ada->next()["id"], 3);
  EXPECT_TRUE(wait([&] { return inside() == 0; }));
  EXPECT_EQ(refused("max_queue"), 0u);
}

TEST_F(LimitsTest, AClientIsAskedAsMuchAsItMayBeAndTheNextQuestionIsCounted) {
  serve(10, 10);
  server::SessionOptions session;
  session.max_questions = 1;
  auto ada = client(session);
  ada->initialize(R"({"roots":{}})");
  ada->send(call(1));
  ASSERT_TRUE(wait([&] { return !started["s"].empty() && !calls().empty(); }));
  auto question = [this](const char* id) {
    last("s").send(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"roots/list"})");
  };
  question("7");
  EXPECT_EQ(ada->next()["method"], "roots/list");
  EXPECT_EQ(refused("max_questions"), 0u);
  question("8");
  ASSERT_TRUE(wait([&] { return refused("max_questions") == 1; }));
  ASSERT_TRUE(wait([&] { return last("s").seen.back().is_response(); }));
  EXPECT_EQ(last("s").seen.back().id->raw(), "8") << "its server is told";
}

TEST_F(LimitsTest, AClientHasAsManyTasksAsItMayAndTheNextIsCounted) {
  options.tasks.routes_per_owner = 1;
  add("s", legacy_server(kTools, [](const jsonrpc::Message&) {
        return R"({"task":{"taskId":"7","status":"working","ttl":600000}})";
      }));
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = caller();
  auto task = [](const char* id) { return legacy(id, "tools/call", R"({"name":"s__t","task":{}})"); };
  EXPECT_TRUE(ada->ask(task("1")).contains("result"));
  EXPECT_EQ(refused("max_tasks"), 0u);
  Value second = ada->ask(task("2"));
  EXPECT_THAT(text(second), HasSubstr("too many tasks of this client"));
  EXPECT_EQ(refused("max_tasks"), 1u);
  EXPECT_EQ(calls().size(), 1u);
}

TEST_F(LimitsTest, AsManyWaitAsMayAndTheNextIsToldWhichKeySaysSo) {
  serve(1, 1);
  auto ada = caller();
  for (int id = 1; id <= 2; ++id) ada->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 1; }));
  Value answer = ada->ask(call(3));
  EXPECT_EQ(answer["id"], 3);
  EXPECT_EQ(answer["error"]["code"], -32603);
  EXPECT_THAT(text(answer), HasSubstr("server \\\"s\\\" is busy: 1 calls are running and 1 are waiting"));
  EXPECT_THAT(text(answer), HasSubstr("max_queue of \\\"s\\\""));
  EXPECT_EQ(refused("max_queue"), 1u);
  EXPECT_EQ(calls().size(), 1u) << "what was refused is not sent";
  release(0);
  ASSERT_TRUE(at_server(2));
  release(1);
  EXPECT_EQ(ada->next()["id"], 1);
  EXPECT_EQ(ada->next()["id"], 2);
}

TEST_F(LimitsTest, AGreedyClientTakesTurnsWithAPoliteOne) {
  serve(1, 100);
  auto greedy = caller();
  auto polite = caller();
  for (int id = 1; id <= 20; ++id) greedy->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 19; }));
  polite->send(call(1));
  ASSERT_TRUE(wait([&] { return waiting() == 20; }));
  release(0);
  ASSERT_TRUE(at_server(2));
  release(1);
  ASSERT_TRUE(at_server(3));
  release(2);
  EXPECT_EQ(polite->next()["id"], 1) << "behind two of the greedy one's calls, not behind twenty";
  EXPECT_TRUE(at_server(4));
}

TEST_F(LimitsTest, AFullQueueTurnsTheGreedyAwayNotThePolite) {
  serve(1, 3);
  auto greedy = caller();
  auto polite = caller();
  for (int id = 1; id <= 4; ++id) greedy->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 3; }));
  polite->send(call(1));
  Value answer = greedy->next();
  EXPECT_EQ(answer["id"], 4) << "the last of those that wait";
  EXPECT_THAT(text(answer), HasSubstr("is busy"));
  EXPECT_EQ(waiting(), 3u);
  EXPECT_EQ(refused("max_queue"), 1u);
}

TEST_F(LimitsTest, ACancelledCallLeavesTheQueue) {
  serve(1, 1);
  auto ada = caller();
  for (int id = 1; id <= 2; ++id) ada->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 1; }));
  ada->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
  ASSERT_TRUE(wait([&] { return waiting() == 0; }));
  ada->send(call(3));
  ASSERT_TRUE(wait([&] { return waiting() == 1; }));
  release(0);
  EXPECT_EQ(ada->next()["id"], 1);
  ASSERT_TRUE(at_server(2));
  release(1);
  EXPECT_EQ(ada->next()["id"], 3);
  EXPECT_EQ(calls().size(), 2u);
  EXPECT_TRUE(wait([&] { return inside() == 0; }));
}

TEST_F(LimitsTest, AClientThatLeavesLeavesTheQueueToo) {
  serve(1, 5);
  auto ada = caller();
  auto bob = caller();
  bob->send(call(1));
  ASSERT_TRUE(at_server(1));
  for (int id = 1; id <= 3; ++id) ada->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 3; }));
  ada->hang_up();
  ASSERT_TRUE(wait([&] { return waiting() == 0; }));
  release(0);
  EXPECT_TRUE(wait([&] { return inside() == 0; }));
}

TEST_F(LimitsTest, WhoWaitsForItsTurnWaitsNoLongerThanACallMayTake) {
  auto& entry = add("s", legacy_server(kTools, [](const jsonrpc::Message&) { return std::string(); }));
  entry.max_in_flight = 1;
  entry.call_timeout = async::Millis(60'000);
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = caller();
  ada->send(call(1));
  ASSERT_TRUE(at_server(1));
  // From now on a call may take a moment; the one that runs began under the old rule.
  auto servers = options.servers;
  servers[0].call_timeout = async::Millis(30);
  gateway->apply(servers, async::Millis(0));
  Value answer = ada->ask(call(2));
  EXPECT_EQ(answer["id"], 2);
  EXPECT_THAT(text(answer), HasSubstr("no place within 30 ms"));
  EXPECT_EQ(refused("max_in_flight"), 1u);
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(LimitsTest, ACallThatTakesTooLongEndsAndNamesTheKeyOfItsTime) {
  auto& entry = add("s", legacy_server(kTools, [](const jsonrpc::Message&) { return std::string(); }));
  entry.call_timeout = async::Millis(500);
  entry.max_call_time = async::Millis(501);
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = caller();
  EXPECT_THAT(text(ada->ask(call(1))),
              HasSubstr("raise call_timeout of the server, or request_timeout in [serve]"));
  auto metrics = [this] { return gateway->account()->registry().text(); };
  EXPECT_THAT(metrics(), HasSubstr("mcp_ended_total{limit=\"call_timeout\"} 1\n"));
  // Progress once: what ends the call now is the time in all.
  ada->send(legacy("2", "tools/call", R"({"name":"s__t","_meta":{"progressToken":"p"}})"));
  ASSERT_TRUE(at_server(2));
  pass(async::Millis(5));
  last("s").send(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
                 std::string(last("s").seen.back().progress_token.view()) + R"(,"progress":1}})");
  EXPECT_EQ(ada->next()["method"], "notifications/progress");
  EXPECT_THAT(text(ada->next()), HasSubstr("raise max_call_time of the server"));
  EXPECT_THAT(metrics(), HasSubstr("mcp_ended_total{limit=\"max_call_time\"} 1\n"));
}

TEST_F(LimitsTest, AReloadChangesTheLimitsOfARunningServer) {
  serve(1, 10);
  auto ada = caller();
  for (int id = 1; id <= 3; ++id) ada->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 2; }));
  auto servers = options.servers;
  servers[0].max_in_flight = 2;
  auto plan = gateway->apply(servers, async::Millis(0));
  EXPECT_TRUE(plan.keeps("s"));
  EXPECT_TRUE(at_server(2));
  EXPECT_EQ(waiting(), 1u);
  servers[0].max_in_flight = 0;
  gateway->apply(servers, async::Millis(0));
  EXPECT_TRUE(at_server(3)) << "0 is no limit";
}

TEST_F(LimitsTest, WhoWaitsForAServerThatIsReplacedIsAnsweredByItsSuccessor) {
  serve(1, 10);
  auto ada = caller();
  for (int id = 1; id <= 2; ++id) ada->send(call(id));
  ASSERT_TRUE(wait([&] { return waiting() == 1; }));
  scripts["s"] = legacy_server(kTools);
  auto servers = options.servers;
  servers[0].deny_tools = {"other"};
  gateway->apply(servers, async::Millis(60'000));
  EXPECT_EQ(ada->next()["id"], 2);
  EXPECT_EQ(starts("s"), 2u);
}

TEST_F(LimitsTest, OneSubscriptionTooManyIsToldWhichKeySaysSo) {
  options.max_subscriptions = 2;
  Script script = legacy_server(kTools);
  add("s", [script](const jsonrpc::Message& m) {
    if (m.method == "resources/templates/list")
      return std::string(R"({"resourceTemplates":[{"uriTemplate":"x:{id}","name":"x"}]})");
    return m.method == "resources/subscribe" ? std::string("{}") : script(m);
  });
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = caller();
  auto subscribe = [&ada](const char* id, const std::string& uri) {
    return ada->ask(legacy(id, "resources/subscribe", R"({"uri":")" + uri + "\"}"));
  };
  EXPECT_FALSE(subscribe("1", "x:1").contains("error"));
  EXPECT_FALSE(subscribe("2", "x:2").contains("error"));
  Value refusal = subscribe("3", "x:3");
  EXPECT_THAT(text(refusal), HasSubstr("max_subscriptions in [serve] is reached"));
  EXPECT_EQ(refused("max_subscriptions"), 1u);
  EXPECT_FALSE(subscribe("4", "x:2").contains("error")) << "one that is there already";
  ada->ask(legacy("5", "resources/unsubscribe", R"({"uri":"x:1"})"));
  EXPECT_FALSE(subscribe("6", "x:3").contains("error")) << "room again";
}

struct ChildrenTest : LimitsTest {
  static constexpr const char* kAnswers = R"({"sampling":{}})";
  void add_server(const std::string& name, config::ServerEntry::Isolation isolation, std::size_t children) {
    auto& entry = add(name, legacy_server(kTools));
    entry.isolation = isolation;
    entry.max_children = children;
  }
  std::size_t children(const char* name) { return gateway->roster().find(name)->children(); }
};

TEST_F(ChildrenTest, OneSessionTooManyIsToldWhichKeySaysSo) {
  add_server("s", config::ServerEntry::Isolation::kSession, 2);
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = caller();
  auto bob = caller();
  EXPECT_FALSE(ada->ask(call(1)).contains("error"));
  EXPECT_FALSE(bob->ask(call(1)).contains("error"));
  EXPECT_EQ(children("s"), 2u);
  auto eve = caller();
  Value answer = eve->ask(call(1));
  EXPECT_THAT(text(answer), HasSubstr("max_children is reached"));
  EXPECT_THAT(text(answer), HasSubstr("raise max_children of the server"));
  EXPECT_EQ(children("s"), 2u);
  EXPECT_EQ(refused("max_children"), 1u) << "once a session, however often it asks";
  ada->hang_up();
  ASSERT_TRUE(wait([&] { return children("s") == 1; }));
  EXPECT_FALSE(eve->ask(call(2)).contains("error")) << "room again";
}

TEST_F(ChildrenTest, WhereSharingIsAllowedTheNextSessionShares) {
  add_server("s", config::ServerEntry::Isolation::kAuto, 1);
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  auto ada = client();
  auto bob = client();
  ada->initialize(kAnswers);
  bob->initialize(kAnswers);
  EXPECT_FALSE(ada->ask(call(1)).contains("error"));
  EXPECT_FALSE(bob->ask(call(1)).contains("error"));
  EXPECT_EQ(children("s"), 1u);
  EXPECT_EQ(starts("s"), 2u) << "the shared one, and ada's";
  EXPECT_EQ(refused("max_children"), 1u);
}

TEST_F(ChildrenTest, AllServersTogetherHaveALimitToo) {
  add_server("s", config::ServerEntry::Isolation::kSession, 100);
  add_server("z", config::ServerEntry::Isolation::kSession, 100);
  options.max_children = 3;
  start();
  ASSERT_TRUE(wait_state("s", "ready"));
  ASSERT_TRUE(wait_state("z", "ready"));
  auto ada = caller();
  ada->ask(legacy("1", "tools/list"));
  EXPECT_EQ(children("s") + children("z"), 2u);
  auto bob = caller();
  bob->ask(legacy("1", "tools/list"));
  EXPECT_EQ(children("s") + children("z"), 3u);
  EXPECT_THAT(text(bob->ask(legacy("2", "tools/call", R"({"name":"z__t"})"))),
              HasSubstr("max_children in [serve] is reached"));
  gateway->limit_children(4);
  EXPECT_FALSE(bob->ask(legacy("3", "tools/call", R"({"name":"z__t"})")).contains("error"));
}

}  // namespace
}  // namespace mcp::gateway
