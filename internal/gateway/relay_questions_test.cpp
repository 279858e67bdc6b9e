// A legacy server's questions during a modern client's call.
#include "internal/gateway/test_farm.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAll = R"({"sampling":{},"elicitation":{"form":{},"url":{}},"roots":{}})";
const std::string kForm = R"({"message":"Name?","requestedSchema":{"type":"object","properties":{}}})";

class RelayQuestions : public FarmTest {
 protected:
  void open_legacy(config::ServerEntry entry = {}, GatewayOptions options = {}) {
    open(protocol::Era::kLegacy, std::move(entry), std::move(options));
  }
  static std::string call(std::string_view id, std::string_view more = {},
                          std::string_view capabilities = kAll, std::string_view meta = {}) {
    return modern(id, "tools/call", R"(,"name":"t","arguments":{"a":1})" + std::string(more), capabilities,
                  meta);
  }
  // A retry with these responses.
  static std::string back(std::string_view id, const Value& asked, const std::string& responses,
                          std::string_view capabilities = kAll) {
    return call(id, ",\"inputResponses\":" + responses + ",\"requestState\":" + asked["requestState"].dump(),
                capabilities);
  }
  static std::string only_key(const Value& asked) { return asked["inputRequests"].begin().key(); }
  static std::string accept(const Value& asked) {
    return "{\"" + only_key(asked) + R"(":{"action":"accept","content":{"n":9007199254740993}}})";
  }
  // A call whose server has asked by a form once: the input_required result.
  Value asked_once(TestPeer& peer, std::string_view id = "1", std::size_t connection = 1) {
    peer.send(call(id));
    EXPECT_NE(seen(connection, "tools/call"), nullptr);
    ask(connection, "\"q\"", "elicitation/create", kForm);
    return peer.next()["result"];
  }
  int code(const Value& answer) { return answer.contains("error") ? answer["error"]["code"].get<int>() : 0; }
};

TEST_F(RelayQuestions, BecomesInputRequiredAndTheRetryBringsTheAnswer) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  EXPECT_EQ(asked["resultType"], "input_required");
  const Value& question = asked["inputRequests"].front();
  EXPECT_EQ(question["method"], "elicitation/create");
  EXPECT_EQ(question["params"], json::parse(kForm).value());
  peer.send(back("2", asked, accept(asked)));
  EXPECT_EQ(answered(1, "\"q\"")["result"]["content"]["n"], 9007199254740993);
  answer(1, "tools/call", R"({"content":[]})");
  Value last = peer.next();
  EXPECT_EQ(last["id"], 2);
  EXPECT_EQ(last["result"]["resultType"], "complete");
  EXPECT_EQ(servers[1]->count("tools/call"), 1u);
}

TEST_F(RelayQuestions, TheLeasedServerIsToldExactlyTheClientsCapabilities) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(
      call("1", {}, R"({"elicitation":{"url":{}},"roots":{"listChanged":true},"extensions":{"a/b":{}}})"));
  auto hello = json::parse(params(1, "initialize")).value();
  EXPECT_EQ(hello["capabilities"], json::parse(R"({"elicitation":{"url":{}},"roots":{}})").value());
  EXPECT_EQ(json::parse(params(0, "initialize")).value()["capabilities"], Value::object());
}

TEST_F(RelayQuestions, AToolThatIsListedOnlyToWhoCanBeAskedIsCalledAllTheSame) {
  config::ServerEntry entry;
  entry.deny_tools = {"secret*"};
  open_legacy(std::move(entry));
  TestPeer& peer = client();
  auto call_of = [](std::string_view id, const std::string& tool, std::string_view capabilities) {
    return modern(id, "tools/call", ",\"name\":\"" + tool + R"(","arguments":{})", capabilities);
  };
  peer.send(call_of("1", "ask", kAll));
  EXPECT_THAT(params(1, "tools/call"), HasSubstr(R"("name":"ask")"));
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_TRUE(peer.next().contains("result"));
  EXPECT_EQ(code(peer.ask(call_of("2", "ask", "{}"))), jsonrpc::kInvalidParams) << "it cannot be asked";
  EXPECT_EQ(code(peer.ask(call_of("3", "secret", kAll))), jsonrpc::kInvalidParams) << "it is denied";
}

TEST_F(RelayQuestions, AClientWithoutCapabilitiesSharesTheServer) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1", {}, "{}"));
  answer(0, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["result"]["resultType"], "complete");
  EXPECT_EQ(servers.size(), 1u);
}

TEST_F(RelayQuestions, ListsLeaseNothing) {
  open_legacy();
  TestPeer& peer = client();
  EXPECT_TRUE(peer.ask(modern("1", "tools/list", "", kAll)).contains("result"));
  EXPECT_TRUE(peer.ask(modern("2", "resources/list", "", kAll)).contains("result"));
  EXPECT_EQ(servers.size(), 1u);
}

TEST_F(RelayQuestions, ASharedServerIsToldNothingAndAskedQuestionsAreRefused) {
  config::ServerEntry entry;
  entry.isolation = config::ServerEntry::Isolation::kShared;
  open_legacy(entry);
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(0, "tools/call"), nullptr);
  ask(0, "5", "elicitation/create", kForm);
  EXPECT_EQ(answered(0, "5")["error"]["code"], -32601);
  EXPECT_EQ(servers.size(), 1u);
}

TEST_F(RelayQuestions, SeveralQuestionsOfOneTurnAreOneRound) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  ask(1, "5", "elicitation/create", kForm);
  ask(1, "6", "sampling/createMessage", R"({"messages":[],"maxTokens":1})");
  Value asked = peer.next()["result"];
  EXPECT_EQ(asked["inputRequests"].size(), 2u);
}

TEST_F(RelayQuestions, AMissingAnswerIsAskedForAgainAndAnUnknownOneIgnored) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  ask(1, "5", "elicitation/create", kForm);
  ask(1, "6", "roots/list");
  Value asked = peer.next()["result"];
  std::string form, roots;
  for (auto& [key, question] : asked["inputRequests"].items()) {
    (question["method"] == "roots/list" ? roots : form) = key;
  }
  Value again =
      peer.ask(back("2", asked, R"({"other":{},")" + form + R"(":{"action":"decline"}})"))["result"];
  EXPECT_EQ(answered(1, "5")["result"]["action"], "decline");
  EXPECT_EQ(again["resultType"], "input_required");
  EXPECT_EQ(again["inputRequests"].size(), 1u);
  EXPECT_NE(again["requestState"], asked["requestState"]);
  peer.send(back("3", again, "{\"" + roots + R"(":{"roots":[]}})"));
  EXPECT_TRUE(answered(1, "6")["result"]["roots"].is_array());
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["id"], 3);
}

TEST_F(RelayQuestions, AFurtherQuestionIsAFurtherRound) {
  open_legacy();
  TestPeer& peer = client();
  Value first = asked_once(peer);
  peer.send(back("2", first, accept(first)));
  answered(1, "\"q\"");
  ask(1, "\"r\"", "sampling/createMessage", R"({"messages":[],"maxTokens":1})");
  Value second = peer.next()["result"];
  EXPECT_EQ(second["inputRequests"].front()["method"], "sampling/createMessage");
  EXPECT_NE(only_key(second), only_key(first));
}

TEST_F(RelayQuestions, AStateIsGoodForOneReturn) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  peer.send(back("2", asked, accept(asked)));
  answered(1, "\"q\"");
  Value replayed = peer.ask(back("3", asked, accept(asked)));
  EXPECT_EQ(code(replayed), -32602);
  EXPECT_EQ(replayed["error"]["data"]["reason"], "invalid_request_state");
  EXPECT_THAT(replayed["error"]["message"].get<std::string>(), HasSubstr("used already"));
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["id"], 2);
}

TEST_F(RelayQuestions, AStateAnswersToNoOtherRequestAndNoOtherClient) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  std::string state = ",\"requestState\":" + asked["requestState"].dump();
  EXPECT_EQ(code(peer.ask(modern("2", "tools/call", R"(,"name":"t","arguments":{"a":2})" + state, kAll))),
            -32602);
  server::SessionOptions mallory;
  mallory.principal = "mallory";
  EXPECT_EQ(code(client(mallory).ask(call("1", state))), -32602);
  EXPECT_EQ(code(peer.ask(call("3", R"(,"requestState":"forged")"))), -32602);
  EXPECT_EQ(code(peer.ask(call("4", R"(,"requestState":7)"))), -32602);
  // Nothing was lost by it; the order of keys says nothing.
  peer.send(modern("5", "tools/call",
                   R"(,"arguments":{"a":1},"name":"t","inputResponses":)" + accept(asked) + state, kAll));
  EXPECT_TRUE(answered(1, "\"q\"").contains("result"));
}

TEST_F(RelayQuestions, AnAnswerThatIsNoObjectIsRefused) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  EXPECT_EQ(code(peer.ask(back("2", asked, "{\"" + only_key(asked) + "\":7}"))), -32602);
  EXPECT_EQ(code(peer.ask(back("3", asked, "[]"))), -32602);
  peer.send(back("4", asked, accept(asked)));
  EXPECT_TRUE(answered(1, "\"q\"").contains("result"));
}

TEST_F(RelayQuestions, WhatTheClientDidNotDeclareIsRefusedAndTheCallGoesOn) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1", {}, R"({"elicitation":{}})"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  ask(1, "5", "sampling/createMessage", R"({"messages":[],"maxTokens":1})");
  EXPECT_EQ(answered(1, "5")["error"]["code"], -32601);
  ask(1, "6", "elicitation/create",
      R"({"mode":"url","message":"m","url":"https://x.example","elicitationId":"e"})");
  EXPECT_EQ(answered(1, "6")["error"]["code"], -32602);
  ask(1, "7", "tasks/get");
  EXPECT_EQ(answered(1, "7")["error"]["code"], -32601);
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["result"]["resultType"], "complete");
}

TEST_F(RelayQuestions, AUrlElicitationLosesTheIdThatModernClientsDoNotKnow) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  ask(1, "5", "elicitation/create",
      R"({"mode":"url","message":"m","url":"https://x.example","elicitationId":"e"})");
  Value asked = peer.next()["result"];
  EXPECT_EQ(asked["inputRequests"].front()["params"],
            json::parse(R"({"mode":"url","message":"m","url":"https://x.example"})").value());
}

TEST_F(RelayQuestions, UrlElicitationRequiredBecomesAQuestionAndTheCallIsSentAgain) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  const std::string required =
      R"(!{"code":-32042,"message":"sign in","data":{"elicitations":[{"mode":"url","message":"m","url":"https://x.example","elicitationId":"e"}]}})";
  answer(1, "tools/call", required);
  Value asked = peer.next()["result"];
  EXPECT_EQ(asked["inputRequests"].front()["params"]["url"], "https://x.example");
  peer.send(back("2", asked, "{\"" + only_key(asked) + R"(":{"action":"accept"}})"));
  answer(1, "tools/call", R"({"content":[]})", 1);
  EXPECT_EQ(peer.next()["result"]["resultType"], "complete");
}

TEST_F(RelayQuestions, UrlElicitationRequiredAndDeclinedIsTheCallsError) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  answer(
      1, "tools/call",
      R"(!{"code":-32042,"message":"sign in","data":{"elicitations":[{"mode":"url","message":"m","url":"https://x.example","elicitationId":"e"}]}})");
  Value asked = peer.next()["result"];
  EXPECT_EQ(code(peer.ask(back("2", asked, "{\"" + only_key(asked) + R"(":{"action":"decline"}})"))), -32603);
  EXPECT_EQ(servers[1]->count("tools/call"), 1u);
}

TEST_F(RelayQuestions, WhoDoesNotComeBackLosesTheCall) {
  GatewayOptions options;
  options.continuations.patience = async::Millis{1};
  open_legacy({}, options);
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  EXPECT_TRUE(answered(1, "\"q\"").contains("error"));
  ASSERT_NE(seen(1, "notifications/cancelled"), nullptr);
  EXPECT_EQ(gateway->continuations().size(), 0u);
  Value late = peer.ask(back("2", asked, accept(asked)));
  EXPECT_EQ(code(late), -32602);
  EXPECT_THAT(late["error"]["message"].get<std::string>(), HasSubstr("expired"));
}

TEST_F(RelayQuestions, OneCallTooManyThatWaitsIsRefused) {
  GatewayOptions options;
  options.continuations.total = 2;
  open_legacy({}, options);
  TestPeer& peer = client();
  asked_once(peer, "1", 1);
  asked_once(peer, "2", 2);
  EXPECT_EQ(gateway->continuations().size(), 2u);
  peer.send(call("3"));
  ASSERT_NE(seen(3, "tools/call"), nullptr);
  ask(3, "5", "elicitation/create", kForm);
  Value refused = peer.next();
  EXPECT_EQ(refused["id"], 3);
  EXPECT_THAT(refused["error"]["message"].get<std::string>(), HasSubstr("2 calls that wait"));
  EXPECT_NE(seen(3, "notifications/cancelled"), nullptr);
  EXPECT_EQ(gateway->account()->refusals().at("max_continuations").value(), 1);
}

TEST_F(RelayQuestions, OneCallOfAPrincipalTooManyThatWaitsIsCountedAsThat) {
  GatewayOptions options;
  options.continuations.per_principal = 1;
  open_legacy({}, options);
  TestPeer& peer = client();
  asked_once(peer, "1", 1);
  EXPECT_EQ(gateway->account()->refusal("max_continuations_per_principal").value(), 0);
  peer.send(call("2"));
  ASSERT_NE(seen(2, "tools/call"), nullptr);
  ask(2, "5", "elicitation/create", kForm);
  EXPECT_TRUE(peer.next().contains("error"));
  EXPECT_EQ(gateway->account()->refusals().at("max_continuations_per_principal").value(), 1);
}

TEST_F(RelayQuestions, ACancelledRoundCancelsTheServersCall) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  peer.send(back("2", asked, accept(asked)));
  answered(1, "\"q\"");
  peer.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
  std::string cancelled = params(1, "notifications/cancelled");
  EXPECT_THAT(cancelled, HasSubstr(seen(1, "tools/call")->id->raw()));
}

TEST_F(RelayQuestions, AFirstRoundOfAnotherRequestIsNotCancelledByIt) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  peer.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  peer.send(back("2", asked, accept(asked)));
  EXPECT_TRUE(answered(1, "\"q\"").contains("result"));
  EXPECT_EQ(servers[1]->count("notifications/cancelled"), 0u);
}

TEST_F(RelayQuestions, ProgressAndLogOfARoundCarryItsOwnTokenAndLevel) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1", {}, kAll, R"(,"progressToken":"one")"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  std::string token = seen(1, "tools/call")->id->raw();
  auto report = [&](int done) {
    say(1, R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
               R"(,"progress":)" + std::to_string(done) + "}}");
  };
  report(1);
  Value first = peer.next();
  EXPECT_EQ(first["params"]["progressToken"], "one");
  ask(1, "5", "elicitation/create", kForm);
  Value asked = peer.next()["result"];
  peer.send(call("2",
                 ",\"inputResponses\":" + accept(asked) + ",\"requestState\":" + asked["requestState"].dump(),
                 kAll, R"(,"progressToken":"two","io.modelcontextprotocol/logLevel":"warning")"));
  ASSERT_TRUE(answered(1, "5").contains("result"));
  EXPECT_THAT(params(1, "logging/setLevel"), HasSubstr("warning"));
  report(2);
  EXPECT_EQ(peer.next()["params"]["progressToken"], "two");
  for (const char* level : {"info", "error"}) {
    say(1, R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":")" + std::string(level) +
               R"(","data":"d"}})");
  }
  EXPECT_EQ(peer.next()["params"]["level"], "error");
}

TEST_F(RelayQuestions, AQuestionRightAfterTheHandshakeIsAskedBeforeTheCall) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "notifications/initialized"), nullptr);
  ask(1, "5", "roots/list");
  Value asked = peer.next()["result"];
  EXPECT_EQ(asked["inputRequests"].front()["method"], "roots/list");
  peer.send(back("2", asked, "{\"" + only_key(asked) + R"(":{"roots":[{"uri":"file:///a"}]}})"));
  EXPECT_EQ(answered(1, "5")["result"]["roots"][0]["uri"], "file:///a");
  EXPECT_THAT(params(1, "tools/call"), Not(HasSubstr("requestState")));
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["id"], 2);
}

TEST_F(RelayQuestions, AnIdleLinkServesTheSamePrincipalAndCapabilitiesAgain) {
  open_legacy();
  TestPeer& peer = client();
  for (const char* id : {"1", "2"}) {
    peer.send(call(id));
    answer(1, "tools/call", R"({"content":[]})", id[0] - '1');
    peer.next();
  }
  EXPECT_EQ(servers.size(), 2u);
  peer.send(call("3", {}, R"({"sampling":{}})"));
  ASSERT_NE(seen(2, "tools/call"), nullptr);
  server::SessionOptions bob;
  bob.principal = "bob";
  client(bob).send(call("1"));
  ASSERT_NE(seen(3, "tools/call"), nullptr);
}

TEST_F(RelayQuestions, TwoCallsAtOnceNeverShareALink) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  peer.send(call("2"));
  ASSERT_NE(seen(2, "tools/call"), nullptr);
  ask(2, "5", "elicitation/create", kForm);
  EXPECT_EQ(peer.next()["id"], 2);
}

TEST_F(RelayQuestions, ALinkThatLearntRootsServesNobodyElse) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  ASSERT_NE(seen(1, "tools/call"), nullptr);
  ask(1, "5", "roots/list");
  Value asked = peer.next()["result"];
  peer.send(back("2", asked, "{\"" + only_key(asked) + R"(":{"roots":[]}})"));
  answered(1, "5");
  answer(1, "tools/call", R"({"content":[]})");
  peer.next();
  peer.send(call("3"));
  EXPECT_NE(seen(2, "tools/call"), nullptr);
  EXPECT_EQ(servers[1]->count("tools/call"), 1u);
}

TEST_F(RelayQuestions, AQuestionOnAnIdleLinkIsRefusedAndEndsIt) {
  open_legacy();
  TestPeer& peer = client();
  peer.send(call("1"));
  answer(1, "tools/call", R"({"content":[]})");
  peer.next();
  ask(1, "5", "roots/list");
  EXPECT_EQ(answered(1, "5")["error"]["code"], -32601);
  peer.send(call("2"));
  EXPECT_NE(seen(2, "tools/call"), nullptr);
}

TEST_F(RelayQuestions, AServerThatDiesWhileItsClientThinksIsAnErrorOfTheRetry) {
  open_legacy();
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  servers[1]->hang_up();
  settle();
  Value last = peer.ask(back("2", asked, accept(asked)));
  EXPECT_EQ(code(last), -32603);
  EXPECT_THAT(last["error"]["message"].get<std::string>(), HasSubstr("server \"s\""));
  EXPECT_EQ(servers.size(), 2u);
}

TEST_F(RelayQuestions, AStoppedGatewayEndsWhatWaits) {
  open_legacy();
  TestPeer& peer = client();
  asked_once(peer);
  gateway->stop();
  EXPECT_NE(seen(1, "notifications/cancelled"), nullptr);
  EXPECT_EQ(gateway->continuations().size(), 0u);
}

}  // namespace
}  // namespace mcp::gateway
