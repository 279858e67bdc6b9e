#include "internal/server/test_backend.h"

namespace mcp::server {
namespace {

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
  peer->send(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
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

TEST_F(SessionTest, AUriIsAsLongAsItMayBeAndNotAByteMore) {
  open();
  peer->initialize();
  auto subscribe = [this](const char* id, std::size_t size) {
    return peer->ask(legacy(id, "resources/subscribe", "{\"uri\":\"" + std::string(size - 2, 'u') + "\"}"));
  };
  EXPECT_THAT(subscribe("1", jsonrpc::kMaxWord).dump(), testing::Not(testing::HasSubstr("params.uri")));
  Value refused = subscribe("2", jsonrpc::kMaxWord + 1);
  EXPECT_EQ(code(refused), -32602);
  EXPECT_EQ(refused["error"]["message"], "params.uri is longer than 4096 bytes");
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

TEST_F(Undecodable, ALineThatIsTooLongIsAnInvalidRequestWithTheIdOfItsHead) {
  open();
  Value answer =
      answer_to(R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"na)", ErrorCode::kLimit);
  EXPECT_EQ(code(answer), -32600);
  EXPECT_EQ(answer["id"], 5);
}

TEST_F(SessionTest, ACancelledCallIsNotInFlight) {
  open();
  peer->initialize();
  peer->send(legacy("5", "tools/call", R"({"name":"slow"})"));
  ASSERT_TRUE(peer->wait([&] { return peer->session()->in_flight() == 1; }));
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
  EXPECT_TRUE(peer->wait([&] { return peer->session()->in_flight() == 0; }));
}

TEST_F(SessionTest, ALargeResultIsLookedAtBeforeItIsSent) {
  open();
  peer->initialize();
  peer->send(legacy("5", "tools/call", R"({"name":"slow"})"));
  ASSERT_TRUE(peer->wait([&] { return !backend->gates.empty(); }));
  backend->release("{\"text\":\"" + std::string(Rope::kShareFrom, 'x'));
  Value answer = peer->next();
  EXPECT_EQ(answer["id"], 5);
  EXPECT_EQ(code(answer), -32603);
}

TEST_F(SessionTest, ALargeResultReachesAClientOfEitherEra) {
  open();
  std::string text(Rope::kShareFrom, 'x');
  peer->send(modern("5", "tools/call", R"(,"name":"slow")"));
  ASSERT_TRUE(peer->wait([&] { return !backend->gates.empty(); }));
  backend->release("{\"text\":\"" + text + "\"}");
  Value answer = peer->next();
  EXPECT_EQ(answer["result"]["text"], text);
  EXPECT_EQ(answer["result"]["resultType"], "complete");
}

}  // namespace
}  // namespace mcp::server
