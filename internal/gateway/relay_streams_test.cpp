// Log messages and resource updates between hops of different eras.
#include "internal/gateway/test_farm.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

const std::string kUpdated =
    R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"note://1"}})";

std::string logged(const std::string& level) {
  return R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":")" + level +
         R"(","data":"d"}})";
}
std::string set_level(std::string_view id, const std::string& level) {
  return legacy(id, "logging/setLevel", "{\"level\":\"" + level + "\"}");
}
std::string modern_call(std::string_view id, const std::string& level) {
  return modern(id, "tools/call", R"(,"name":"t")", "{}",
                level.empty() ? "" : R"(,"io.modelcontextprotocol/logLevel":")" + level + "\"");
}
std::string listen(std::string_view id) {
  return modern(id, "subscriptions/listen", R"(,"notifications":{"resourceSubscriptions":["note://1"]})");
}

class RelayStreams : public FarmTest {
 protected:
  std::string level(std::size_t nth) {
    return json::parse(params(0, "logging/setLevel", nth)).value()["level"];
  }
  // The stream behind a modern server's connection.
  std::string listen_id(std::size_t connection, std::size_t nth = 0) {
    const Message* request = nullptr;
    wait([&] {
      request = nullptr;
      std::size_t left = nth;
      for (const Message& message : servers.at(connection)->seen) {
        bool about_uris = message.params.view().find("note://1") != std::string_view::npos;
        if (message.method == "subscriptions/listen" && about_uris && left-- == 0) request = &message;
      }
      return request != nullptr;
    });
    return request == nullptr ? "" : request->id->raw();
  }
  void acknowledge(std::size_t connection, const std::string& id,
                   const std::string& uris = R"(["note://1"])") {
    say(connection,
        R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":)" +
            id + R"(},"notifications":{"resourceSubscriptions":)" + uris + "}}}");
  }
};

TEST_F(RelayStreams, BothErasAreOfferedLoggingAndSubscriptionsOfTheOther) {
  open(protocol::Era::kLegacy);
  Value offered = client().ask(modern("1", "server/discover"))["result"]["capabilities"];
  EXPECT_TRUE(offered.contains("logging"));
  EXPECT_EQ(offered["resources"]["subscribe"], true);
}

TEST_F(RelayStreams, ALegacyClientIsOfferedWhatAModernServerHas) {
  open(protocol::Era::kModern);
  Value offered = client().initialize()["result"]["capabilities"];
  EXPECT_TRUE(offered.contains("logging"));
  EXPECT_EQ(offered["resources"]["subscribe"], true);
}

TEST_F(RelayStreams, ASharedServerHearsTheMostTalkativeLevelOfItsSessions) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.initialize();
  ada.ask(set_level("1", "error"));
  EXPECT_EQ(level(0), "error");
  TestPeer& bob = client();
  bob.initialize();
  EXPECT_EQ(level(1), "info");  // who sets none is served as before
  bob.ask(set_level("1", "debug"));
  EXPECT_EQ(level(2), "debug");
  bob.hang_up();
  EXPECT_EQ(level(3), "error");
}

TEST_F(RelayStreams, AModernCallRaisesTheLevelForItsTime) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(modern_call("1", "warning"));
  EXPECT_EQ(level(0), "warning");
  ASSERT_NE(seen(0, "tools/call"), nullptr);
  say(0, logged("info"));
  say(0, logged("error"));
  EXPECT_EQ(ada.next()["params"]["level"], "error");
  answer(0, "tools/call", R"({"content":[]})");
  EXPECT_EQ(ada.next()["id"], 1);
  EXPECT_EQ(level(1), "emergency");
}

TEST_F(RelayStreams, TwoModernCallsEachKeepTheirOwnLevel) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(modern_call("1", "error"));
  ASSERT_NE(seen(0, "tools/call"), nullptr);
  ada.send(modern_call("2", "debug"));
  ASSERT_NE(seen(0, "tools/call", 1), nullptr);
  EXPECT_EQ(level(0), "error");
  EXPECT_EQ(level(1), "debug");
  answer(0, "tools/call", R"({"content":[]})", 1);
  EXPECT_EQ(level(2), "error");
}

TEST_F(RelayStreams, AModernCallWithoutALevelHearsNothing) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(modern_call("1", ""));
  ASSERT_NE(seen(0, "tools/call"), nullptr);
  say(0, logged("emergency"));
  answer(0, "tools/call", R"({"content":[]})");
  EXPECT_EQ(ada.next()["id"], 1);
  EXPECT_EQ(servers[0]->count("logging/setLevel"), 0u);
}

TEST_F(RelayStreams, ASessionsLevelTravelsWithEachRequestToAModernServer) {
  open(protocol::Era::kModern);
  TestPeer& ada = client();
  ada.initialize();
  ada.ask(set_level("1", "notice"));
  ada.send(legacy("2", "tools/call", R"({"name":"t"})"));
  EXPECT_THAT(params(0, "tools/call"), HasSubstr(R"("io.modelcontextprotocol/logLevel":"notice")"));
}

TEST_F(RelayStreams, AListenIsASubscriptionOfALegacyServer) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(listen("7"));
  answer(0, "resources/subscribe", "{}");
  Value acknowledged = ada.next();
  EXPECT_EQ(acknowledged["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(acknowledged["params"]["notifications"]["resourceSubscriptions"][0], "note://1");
  say(0, kUpdated);
  Value update = ada.next();
  EXPECT_EQ(update["params"]["uri"], "note://1");
  EXPECT_EQ(update["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 7);
}

TEST_F(RelayStreams, SessionsAndListensShareOneSubscriptionUntilTheLastGoes) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.initialize();
  ada.send(legacy("1", "resources/subscribe", R"({"uri":"note://1"})"));
  answer(0, "resources/subscribe", "{}");
  EXPECT_EQ(ada.next()["id"], 1);
  TestPeer& bob = client();
  EXPECT_EQ(bob.ask(listen("7"))["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(servers[0]->count("resources/subscribe"), 1u);
  say(0, kUpdated);
  EXPECT_EQ(ada.next()["params"], json::parse(R"({"uri":"note://1"})").value());
  EXPECT_EQ(bob.next()["params"]["uri"], "note://1");
  ada.ask(legacy("2", "resources/unsubscribe", R"({"uri":"note://1"})"));
  EXPECT_EQ(servers[0]->count("resources/unsubscribe"), 0u);
  bob.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_NE(seen(0, "resources/unsubscribe"), nullptr);
}

TEST_F(RelayStreams, ARefusedSubscriptionIsNotAgreedTo) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(listen("7"));
  answer(0, "resources/subscribe", R"(!{"code":-32602,"message":"no"})");
  EXPECT_FALSE(ada.next()["params"]["notifications"].contains("resourceSubscriptions"));
}

TEST_F(RelayStreams, WhoComesBeforeTheServerAnsweredHearsTheSameAnswer) {
  open(protocol::Era::kLegacy);
  const std::string subscribe = legacy("1", "resources/subscribe", R"({"uri":"note://1"})");
  TestPeer& ada = client();
  ada.initialize();
  TestPeer& bob = client();
  bob.initialize();
  TestPeer& eve = client();
  ada.send(subscribe);
  ASSERT_NE(seen(0, "resources/subscribe"), nullptr);
  bob.send(subscribe);
  eve.send(listen("7"));
  bob.settle();
  answer(0, "resources/subscribe", R"(!{"code":-32602,"message":"no"})");
  EXPECT_TRUE(ada.next().contains("error"));
  EXPECT_TRUE(bob.next().contains("error"));
  EXPECT_FALSE(eve.next()["params"]["notifications"].contains("resourceSubscriptions"));
  bob.send(subscribe);
  answer(0, "resources/subscribe", "{}", 1);
  EXPECT_TRUE(bob.next().contains("result"));
}

TEST_F(RelayStreams, SubscriptionsComeBackAfterARestart) {
  open(protocol::Era::kLegacy);
  TestPeer& ada = client();
  ada.send(listen("7"));
  answer(0, "resources/subscribe", "{}");
  ada.next();
  servers[0]->hang_up();
  answer(1, "resources/subscribe", "{}");
  say(1, kUpdated);
  EXPECT_EQ(ada.next()["params"]["uri"], "note://1");
}

TEST_F(RelayStreams, ASessionsSubscriptionIsAListenOnAModernServer) {
  open(protocol::Era::kModern);
  TestPeer& ada = client();
  ada.initialize();
  ada.send(legacy("1", "resources/subscribe", R"({"uri":"note://1"})"));
  std::string id = listen_id(0);
  acknowledge(0, id);
  EXPECT_EQ(ada.next(), json::parse(R"({"jsonrpc":"2.0","id":1,"result":{}})").value());
  TestPeer& bob = client();
  bob.initialize();
  EXPECT_EQ(bob.ask(legacy("1", "resources/subscribe", R"({"uri":"note://1"})"))["id"], 1);
  say(0,
      R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":)" +
          id + R"(},"uri":"note://1"}})");
  for (TestPeer* peer : {&ada, &bob})
    EXPECT_EQ(peer->next()["params"], json::parse(R"({"uri":"note://1"})").value());
  ada.hang_up();
  bob.ask(legacy("2", "resources/unsubscribe", R"({"uri":"note://1"})"));
  EXPECT_THAT(params(0, "notifications/cancelled"), HasSubstr("\"requestId\":" + id));
}

TEST_F(RelayStreams, ASubscriptionThatAModernServerDoesNotAgreeToIsAnError) {
  open(protocol::Era::kModern);
  TestPeer& ada = client();
  ada.initialize();
  ada.send(legacy("1", "resources/subscribe", R"({"uri":"note://1"})"));
  acknowledge(0, listen_id(0), "[]");
  EXPECT_TRUE(ada.next().contains("error"));
}

}  // namespace
}  // namespace mcp::gateway
