#include "internal/server/session.h"

#include <deque>

#include <gmock/gmock.h>

#include "internal/async/slot.h"
#include "internal/server/test_peer.h"

namespace mcp::server {
namespace {

using async::Slot;
using protocol::Outcome;

// Answers "tools/list" at once; a "tools/call" waits for release() or asks the client.
class TestBackend final : public Backend {
 public:
  explicit TestBackend(async::Loop& loop) : offer_gate(loop), loop_(loop) {}

  Task<Offer> offer(SessionPtr) override {
    if (hold_offer) return held_offer(offer_gate, my_offer());
    return ready_offer(my_offer());
  }
  const std::string& server_info() const override { return info; }
  Task<Outcome> handle(CallPtr call) override {
    calls.push_back(call);
    call->on_cancel([this] { ++cancellations; });
    if (call->method() == "tools/list") return ready(Outcome::result(std::string(R"({"tools":[]})")));
    if (call->method() == "tools/call" && call->name() == "ask") return asking(call, question, question_params);
    if (call->method() == "tools/call") return held(gates.emplace_back(loop_));
    if (call->method() == "logging/setLevel") return ready(Outcome::result(std::string("{}")));
    return ready(Outcome::error(jsonrpc::kMethodNotFound, "method not found"));
  }
  void notified(SessionPtr, const jsonrpc::Message& message) override { notifications.push_back(message.method); }
  void session_opened(SessionPtr) override { ++opened; }
  void session_closed(SessionPtr) override { ++closed; }

  std::string info = R"({"name":"b","version":"2"})";
  std::deque<Slot<Outcome>> gates;  // of the slow calls
  Slot<int> offer_gate;
  bool hold_offer = false;
  std::string question = "roots/list";
  std::string question_params = "{}";
  std::vector<CallPtr> calls;
  std::vector<std::string> notifications;
  int cancellations = 0, opened = 0, closed = 0;

  void release(std::string result) {
    for (auto& gate : gates) gate.set(Outcome::result(result));
  }

 private:
  Offer my_offer() const {
    Offer offer;
    offer.capabilities.tools = true;
    offer.server_info = info;
    offer.instructions = "be kind";
    return offer;
  }
  static Task<Offer> ready_offer(Offer offer) { co_return offer; }
  static Task<Offer> held_offer(Slot<int> slot, Offer offer) {
    co_await slot.get();
    co_return offer;
  }
  static Task<Outcome> ready(Outcome outcome) { co_return outcome; }
  static Task<Outcome> held(Slot<Outcome> slot) {
    Outcome outcome = co_await slot.get();
    co_return outcome;
  }
  async::Loop& loop_;

  static Task<Outcome> asking(CallPtr call, std::string method, std::string text) {
    Bytes params = Bytes::adopt(std::move(text));
    Outcome answer = co_await call->ask(method, params);
    co_return answer;
  }
};

class SessionTest : public testing::Test {
 protected:
  void open(SessionOptions options = {}) {
    peer = std::make_unique<TestPeer>(loop, [this](async::Loop&) { return backend; }, std::move(options));
  }
  void TearDown() override {
    backend->release("{}");
    backend->offer_gate.set(1);
    if (peer) peer->settle();
    peer.reset();
    backend->calls.clear();
  }
  int code(const Value& answer) { return answer.contains("error") ? answer["error"]["code"].get<int>() : 0; }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  std::shared_ptr<TestBackend> backend = std::make_shared<TestBackend>(*loop);
  std::unique_ptr<TestPeer> peer;
};

const std::string kPing = R"({"jsonrpc":"2.0","id":99,"method":"ping"})";
const std::string kCall = legacy("7", "tools/call", R"({"name":"slow"})");

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
  peer->send(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
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
  peer->send(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
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
  EXPECT_EQ(peer->ask(legacy("\"a\"", "tools/list")), json::parse(R"({"jsonrpc":"2.0","id":"a","result":{"tools":[]}})").value());
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
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})");
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

TEST_F(SessionTest, ACancelledCallIsToldAndNeverAnswered) {
  open();
  peer->initialize();
  peer->send(kCall);
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  ASSERT_TRUE(peer->wait([this] { return backend->cancellations == 1; }));
  backend->release(R"({"late":true})");
  EXPECT_EQ(peer->ask(kPing)["id"], 99);
}

TEST_F(SessionTest, ACancellationWithAnIdOfAnotherTypeIsIgnored) {
  open();
  peer->initialize();
  peer->send(kCall);
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"7"}})");
  peer->settle();
  EXPECT_EQ(backend->cancellations, 0);
  backend->release("{}");
  EXPECT_EQ(peer->next()["id"], 7);
}

TEST_F(SessionTest, InitializeCannotBeCancelled) {
  backend->hold_offer = true;
  open();
  peer->send(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  peer->settle();
  backend->offer_gate.set(1);
  EXPECT_EQ(peer->next()["id"], 1);
}

TEST_F(SessionTest, AnIdInUseIsRefusedWithoutSpoilingTheRunningRequest) {
  open();
  peer->initialize();
  peer->send(kCall);
  Value refused = peer->ask(legacy("7", "tools/list"));
  EXPECT_EQ(code(refused), -32600);
  EXPECT_FALSE(refused.contains("id"));
  backend->release(R"({"ok":1})");
  EXPECT_EQ(peer->next()["result"]["ok"], 1);
}

TEST_F(SessionTest, CallsUpToTheLimitRunAndOneMoreIsRefused) {
  SessionOptions options;
  options.max_in_flight = 2;
  open(options);
  peer->initialize();
  peer->send(legacy("1", "tools/call", R"({"name":"slow"})"));
  EXPECT_EQ(peer->ask(legacy("2", "tools/list"))["id"], 2);
  peer->send(legacy("4", "tools/call", R"({"name":"slow"})"));
  Value full = peer->ask(legacy("5", "tools/list"));
  EXPECT_EQ(full["id"], 5);
  EXPECT_EQ(code(full), -32603);
  EXPECT_THAT(full["error"]["message"].get<std::string>(), testing::HasSubstr("too many requests"));
  EXPECT_TRUE(full["error"]["data"].contains("hint"));
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

TEST_F(SessionTest, AnAnswerThatIsNoJsonBecomesAnInternalError) {
  open();
  peer->initialize();
  peer->send(kCall);
  ASSERT_TRUE(peer->wait([this] { return !backend->gates.empty(); }));
  backend->release(R"({"text":)");
  Value answer = peer->next();
  EXPECT_EQ(answer["id"], 7);
  EXPECT_EQ(code(answer), -32603);
}

TEST_F(SessionTest, NotificationsOfACallTravelOnItsStreamAndStopWithIt) {
  open();
  peer->initialize();
  peer->send(kCall);
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  backend->calls[0]->notify("notifications/message", R"({"level":"info","data":1})");
  EXPECT_EQ(peer->next()["method"], "notifications/message");
  EXPECT_EQ(peer->listener().messages.back().related->raw(), "7");
  backend->release("{}");
  EXPECT_EQ(peer->next()["id"], 7);
  backend->calls[0]->notify("notifications/message", R"({"level":"info","data":2})");
  EXPECT_EQ(peer->ask(kPing)["id"], 99);
}

TEST_F(SessionTest, TheEndOfTheChannelCancelsEverything) {
  open();
  peer->initialize(R"({"roots":{}})");
  peer->send(kCall);
  peer->ask(legacy("8", "tools/call", R"({"name":"ask"})"));
  peer->hang_up();
  EXPECT_EQ(backend->cancellations, 2);
  EXPECT_EQ(backend->closed, 1);
  EXPECT_FALSE(peer->session()->alive());
  EXPECT_TRUE(backend->calls[0]->cancelled());
}

TEST_F(SessionTest, CloseEndsTheSessionFromOurSide) {
  open();
  peer->initialize();
  peer->send(kCall);
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  peer->session()->close();
  EXPECT_EQ(backend->cancellations, 1);
  EXPECT_EQ(backend->closed, 1);
  EXPECT_TRUE(peer->wait([this] { return peer->listener().closed.has_value(); }));
}

TEST_F(SessionTest, OnCancelRunsAtOnceWhenTheCallIsCancelledAlready) {
  open();
  peer->initialize();
  peer->send(kCall);
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  ASSERT_TRUE(peer->wait([this] { return backend->cancellations == 1; }));
  bool told = false;
  backend->calls[0]->on_cancel([&told] { told = true; });
  EXPECT_TRUE(told);
}

// Modern (2026-07-28).

TEST_F(SessionTest, AModernFirstRequestNeedsNoHandshake) {
  open();
  Value result = peer->ask(modern("1", "tools/list"))["result"];
  EXPECT_EQ(result["resultType"], "complete");
  EXPECT_EQ(result["ttlMs"], 0);
  EXPECT_EQ(result["cacheScope"], "private");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "b");
}

TEST_F(SessionTest, DiscoverIsAnsweredFromTheOffer) {
  open();
  Value result = peer->ask(modern("1", "server/discover"))["result"];
  EXPECT_EQ(result["supportedVersions"], json::parse(R"(["2026-07-28"])").value());
  EXPECT_EQ(result["capabilities"], json::parse(R"({"tools":{}})").value());
  EXPECT_EQ(result["instructions"], "be kind");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "b");
  EXPECT_TRUE(result.contains("ttlMs"));
}

TEST_F(SessionTest, AWrongVersionFirstIsRefusedAndDecidesNothing) {
  open();
  std::string wrong = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2030-01-01","io.modelcontextprotocol/clientCapabilities":{}}}})";
  Value refused = peer->ask(wrong);
  EXPECT_EQ(code(refused), -32022);
  EXPECT_EQ(refused["error"]["data"]["supported"][0], "2026-07-28");
  EXPECT_EQ(refused["error"]["data"]["requested"], "2030-01-01");
  EXPECT_TRUE(peer->initialize().contains("result"));
}

TEST_F(SessionTest, EveryModernRequestIsCheckedOnItsOwn) {
  open();
  peer->ask(modern("1", "tools/list"));
  std::string wrong = R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","io.modelcontextprotocol/clientCapabilities":{}}}})";
  EXPECT_EQ(code(peer->ask(wrong)), -32022);
  EXPECT_EQ(code(peer->ask(legacy("3", "tools/list"))), -32602);
  EXPECT_TRUE(peer->ask(modern("4", "tools/list")).contains("result"));
}

TEST_F(SessionTest, MissingClientCapabilitiesAreInvalidParams) {
  open();
  std::string bare = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";
  EXPECT_EQ(code(peer->ask(bare)), -32602);
}

TEST_F(SessionTest, RemovedMethodsAreNotFoundAfterAModernStart) {
  open();
  peer->ask(modern("1", "tools/list"));
  for (const char* method : {"ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"}) {
    EXPECT_EQ(code(peer->ask(modern("2", method))), -32601) << method;
  }
}

TEST_F(SessionTest, InitializeAfterAModernStartIsAnUnsupportedVersion) {
  open();
  peer->ask(modern("1", "tools/list"));
  Value refused = peer->ask(legacy("2", "initialize", R"({"protocolVersion":"2025-11-25"})"));
  EXPECT_EQ(code(refused), -32022);
  EXPECT_EQ(refused["error"]["data"]["requested"], "2025-11-25");
}

TEST_F(SessionTest, AModernClientIsCancelledByMessageOnAPipe) {
  open();
  peer->ask(modern("1", "tools/list"));
  peer->send(modern("7", "tools/call", R"(,"name":"slow")"));
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(peer->wait([this] { return backend->cancellations == 1; }));
}

TEST_F(SessionTest, AModernClientIsNeverAskedNorNotifiedOutsideItsRequests) {
  open();
  EXPECT_EQ(code(peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"roots":{}})"))), -32601);
  peer->session()->notify("notifications/tools/list_changed", {});
  Value next = peer->ask(modern("2", "tools/list"));
  EXPECT_EQ(next["id"], 2);
}

TEST_F(SessionTest, EachModernRequestBringsItsOwnView) {
  open();
  peer->ask(modern("1", "tools/list", {}, R"({"roots":{}})"));
  peer->ask(modern("2", "tools/list", {}, "{}", R"(,"io.modelcontextprotocol/logLevel":"error")"));
  EXPECT_TRUE(backend->calls[0]->client().capabilities.roots);
  EXPECT_FALSE(backend->calls[1]->client().capabilities.roots);
  EXPECT_EQ(backend->calls[1]->client().log_level, "error");
}

// One request over modern HTTP: the transport has decided the era.

TEST_F(SessionTest, ModernHttpErrorsCarryTheirStatus) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  EXPECT_EQ(code(peer->ask(modern("1", "initialize"))), -32601);
  EXPECT_EQ(peer->listener().messages[0].http_status, 404);
  EXPECT_EQ(peer->listener().messages[0].related->raw(), "1");
}

TEST_F(SessionTest, ModernHttpWithoutMetaIs400) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/list"))), -32602);
  EXPECT_EQ(peer->listener().messages[0].http_status, 400);
}

TEST_F(SessionTest, AModernHttpSessionEndsWithItsAnswer) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  peer->ask(modern("1", "tools/list"));
  EXPECT_FALSE(peer->session()->alive());
  EXPECT_EQ(backend->closed, 1);
}

TEST_F(SessionTest, ClosingTheStreamOfAModernHttpRequestCancelsIt) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  peer->send(modern("7", "tools/call", R"(,"name":"slow")"));
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  auto* listener = dynamic_cast<transport::Listener*>(peer->session().get());
  listener->on_stream_closed(jsonrpc::Id::number(7), transport::ClosedBy::kPeer, Error{});
  EXPECT_EQ(backend->cancellations, 1);
}

TEST_F(SessionTest, ALegacyHttpSessionIgnoresClosedStreams) {
  SessionOptions options;
  options.era = protocol::Era::kLegacy;
  open(options);
  peer->initialize();
  peer->send(kCall);
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  auto* listener = dynamic_cast<transport::Listener*>(peer->session().get());
  listener->on_stream_closed(jsonrpc::Id::number(7), transport::ClosedBy::kPeer, Error{});
  EXPECT_EQ(backend->cancellations, 0);
}

// Texts that are no messages.

class Undecodable : public SessionTest {
 protected:
  Value answer_to(std::string_view text, ErrorCode why) {
    auto* listener = dynamic_cast<transport::Listener*>(peer->session().get());
    listener->on_undecodable(Bytes::copy(text), Error{why, "bad", {}});
    return peer->next();
  }
};

TEST_F(Undecodable, BadJsonIsAParseErrorWithoutId) {
  open();
  Value answer = answer_to("{nope", ErrorCode::kMalformed);
  EXPECT_EQ(code(answer), -32700);
  EXPECT_FALSE(answer.contains("id"));
}

TEST_F(Undecodable, ABrokenEnvelopeIsAnInvalidRequestWithTheIdThatCouldBeRead) {
  open();
  Value answer = answer_to(R"({"jsonrpc":"1.0","id":5,"method":"x"})", ErrorCode::kProtocol);
  EXPECT_EQ(code(answer), -32600);
  EXPECT_EQ(answer["id"], 5);
}

TEST_F(Undecodable, ABatchNamesTheKeyThatAcceptsBatches) {
  open();
  Value answer = answer_to(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", ErrorCode::kProtocol);
  EXPECT_EQ(code(answer), -32600);
  EXPECT_THAT(answer["error"]["message"].get<std::string>(), testing::HasSubstr("batch = true"));
}

}  // namespace
}  // namespace mcp::server
