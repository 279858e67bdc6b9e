#include "internal/server/test_backend.h"

namespace mcp::server {
namespace {

TEST_F(SessionTest, InitializeEchoesASupportedRevisionAndSaysWhatTheServerIs) {
  open();
  for (const char* version : {"2025-11-25"}) {
    Value result = peer->initialize("{}", version)["result"];
    EXPECT_EQ(result["protocolVersion"], version);
    EXPECT_EQ(result["capabilities"], json::parse(R"({"tools":{}})").value());
    EXPECT_EQ(result["serverInfo"]["name"], "b");
    EXPECT_EQ(result["instructions"], "be kind");
  }
  EXPECT_EQ(backend->opened, 1);
}

TEST_F(SessionTest, EveryLegacyRevisionIsEchoed) {
  for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    open();
    EXPECT_EQ(peer->initialize("{}", version)["result"]["protocolVersion"], version);
  }
}

TEST_F(SessionTest, AnUnknownRevisionIsAnsweredWithTheLatestLegacyOne) {
  for (const char* version : {"1999-01-01", "2026-07-28"}) {
    open();
    EXPECT_EQ(peer->initialize("{}", version)["result"]["protocolVersion"], "2025-11-25");
  }
}

TEST_F(SessionTest, BeforeInitializeOnlyPingIsAnswered) {
  open();
  EXPECT_EQ(peer->ask(kPing)["result"], Value::object());
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/list"))), -32600);
  EXPECT_TRUE(peer->initialize().contains("result"));
}

TEST_F(SessionTest, AMalformedInitializeIsRefusedAndCanBeRepeated) {
  open();
  EXPECT_EQ(code(peer->ask(legacy("1", "initialize"))), -32602);
  EXPECT_TRUE(peer->initialize().contains("result"));
}

TEST_F(SessionTest, ASecondInitializeIsRefused) {
  open();
  peer->initialize();
  EXPECT_EQ(code(peer->ask(legacy("1", "initialize", R"({"protocolVersion":"2025-11-25"})"))), -32600);
  EXPECT_EQ(peer->ask(kPing)["result"], Value::object());
}

TEST_F(SessionTest, RequestsSentDuringTheHandshakeWaitForItsEnd) {
  backend->hold_offer = true;
  open();
  peer->send(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  peer->send(legacy("2", "tools/list"));
  peer->settle();
  EXPECT_EQ(peer->received(), 0u);
  backend->offer_gate.set(1);
  EXPECT_EQ(peer->next()["id"], 1);
  EXPECT_EQ(peer->next()["id"], 2);
  EXPECT_EQ(backend->opened, 1);
}

TEST_F(SessionTest, RequestsBeyondTheLimitDuringTheHandshakeAreRefused) {
  backend->hold_offer = true;
  SessionOptions options;
  options.max_in_flight = 1;
  open(options);
  peer->send(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
  peer->send(legacy("2", "tools/list"));
  Value refused = peer->ask(legacy("3", "tools/list"));
  EXPECT_EQ(refused["id"], 3);
  EXPECT_EQ(code(refused), -32603);
  backend->offer_gate.set(1);
  EXPECT_EQ(peer->next()["id"], 1);
  EXPECT_EQ(peer->next()["id"], 2);
}

TEST_F(SessionTest, LegacyPingIsAnsweredWithAnEmptyResult) {
  open();
  peer->initialize();
  EXPECT_EQ(peer->ask(kPing)["result"], Value::object());
}

TEST_F(SessionTest, LegacyResultsTravelUnchanged) {
  open();
  peer->initialize();
  EXPECT_EQ(peer->ask(legacy("\"a\"", "tools/list")),
            json::parse(R"({"jsonrpc":"2.0","id":"a","result":{"tools":[]}})").value());
}

TEST_F(SessionTest, MethodsOfOtherErasAreNotFoundInALegacySession) {
  open();
  peer->initialize();
  for (const char* method : {"server/discover", "subscriptions/listen", "sampling/createMessage"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", method))), -32601) << method;
  }
  EXPECT_TRUE(backend->calls.empty());
}

TEST_F(SessionTest, UnknownMethodsAreTheBackendsAffair) {
  open();
  peer->initialize();
  EXPECT_EQ(code(peer->ask(legacy("1", "vendor/thing"))), -32601);
  EXPECT_EQ(backend->calls.size(), 1u);
}

TEST_F(SessionTest, OtherNotificationsReachTheBackend) {
  open();
  peer->initialize();
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})");
  peer->send(
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})");
  peer->ask(kPing);
  EXPECT_THAT(backend->notifications, testing::ElementsAre("notifications/roots/list_changed"));
}

TEST_F(SessionTest, SetLevelIsRememberedInTheClientsView) {
  open();
  peer->initialize();
  EXPECT_EQ(peer->session()->client().log_level, "");
  peer->ask(legacy("1", "logging/setLevel", R"({"level":"error"})"));
  EXPECT_EQ(peer->session()->client().log_level, "error");
}

TEST_F(SessionTest, AQuestionTravelsWithAnIdOfOursAndItsAnswerComesBack) {
  open();
  peer->initialize(R"({"roots":{}})");
  Value question = peer->ask(legacy("7", "tools/call", R"({"name":"ask"})"));
  EXPECT_EQ(question["method"], "roots/list");
  EXPECT_EQ(peer->listener().messages.back().related->raw(), "7");
  peer->send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() + R"(,"result":{"roots":[1]}})");
  EXPECT_EQ(peer->next()["result"]["roots"][0], 1);
}

TEST_F(SessionTest, AnErrorAnswerToAQuestionComesBackAsAnError) {
  open();
  peer->initialize(R"({"roots":{}})");
  Value question = peer->ask(legacy("7", "tools/call", R"({"name":"ask"})"));
  peer->send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() + R"(,"error":{"code":-1,"message":"no"}})");
  EXPECT_EQ(code(peer->next()), -1);
}

TEST_F(SessionTest, AnswersToNoQuestionAreDropped) {
  open();
  peer->initialize(R"({"roots":{}})");
  peer->send(R"({"jsonrpc":"2.0","id":555,"result":{}})");
  EXPECT_EQ(peer->ask(kPing)["id"], 99);
}

TEST_F(SessionTest, WhatTheClientDidNotDeclareIsNotAsked) {
  open();
  peer->initialize(R"({"elicitation":{}})");
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"))), -32601);
  backend->question = "sampling/createMessage";
  EXPECT_EQ(code(peer->ask(legacy("2", "tools/call", R"({"name":"ask"})"))), -32601);
  backend->question = "elicitation/create";
  backend->question_params = R"({"mode":"url"})";
  EXPECT_EQ(code(peer->ask(legacy("3", "tools/call", R"({"name":"ask"})"))), -32601);
  backend->question_params = R"({"message":"?"})";
  EXPECT_EQ(peer->ask(legacy("4", "tools/call", R"({"name":"ask"})"))["method"], "elicitation/create");
}

TEST_F(SessionTest, ACancelledCallWithdrawsItsQuestion) {
  open();
  peer->initialize(R"({"roots":{}})");
  Value question = peer->ask(legacy("7", "tools/call", R"({"name":"ask"})"));
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  Value withdrawn = peer->next();
  EXPECT_EQ(withdrawn["method"], "notifications/cancelled");
  EXPECT_EQ(withdrawn["params"]["requestId"], question["id"]);
  EXPECT_EQ(peer->ask(kPing)["id"], 99);
}

TEST_F(SessionTest, AnUnansweredQuestionTimesOutAndIsWithdrawn) {
  SessionOptions options;
  options.question_timeout = async::Millis(1);
  open(options);
  peer->initialize(R"({"roots":{}})");
  Value question = peer->ask(legacy("7", "tools/call", R"({"name":"ask"})"));
  EXPECT_EQ(peer->next()["params"]["requestId"], question["id"]);
  EXPECT_EQ(code(peer->next()), -32603);
}

TEST_F(SessionTest, QuestionsBeyondTheLimitAreNotSent) {
  SessionOptions options;
  options.max_questions = 1;
  open(options);
  peer->initialize(R"({"roots":{}})");
  peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"));
  EXPECT_EQ(code(peer->ask(legacy("2", "tools/call", R"({"name":"ask"})"))), -32603);
}

}  // namespace
}  // namespace mcp::server
