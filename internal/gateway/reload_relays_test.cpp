// What lasts beyond one request, when the server behind it is replaced: leased links and their conversations,
// rounds, subscriptions of both eras, tasks.
#include "internal/gateway/test_farm.h"

namespace mcp::gateway {
namespace {

using protocol::Era;
using testing::HasSubstr;

constexpr async::Millis kNow{0};
constexpr async::Millis kLong{60'000};
const std::string kForm = R"({"message":"Name?","requestedSchema":{"type":"object","properties":{}}})";
const std::string kUpdated =
    R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"note://1"}})";
const std::string kWorking = R"({"task":{"taskId":"7","status":"working","ttl":600000}})";

class ReloadRelays : public FarmTest {
 protected:
  // The server must be started anew.
  void replace(async::Millis deadline) {
    auto entries = gateway->options().servers;
    entries[0].args.push_back("changed");
    gateway->apply(std::move(entries), deadline);
    ASSERT_TRUE(wait([this] { return gateway->all_settled(); }));
  }
  static std::string modern_call(std::string_view id, std::string_view more = {}) {
    return modern(id, "tools/call", R"(,"name":"t","arguments":{})" + std::string(more),
                  R"({"elicitation":{"form":{}}})");
  }
  // A modern client's call whose legacy server has asked; the input_required result.
  Value asked_once(TestPeer& peer) {
    peer.send(modern_call("1"));
    EXPECT_NE(seen(1, "tools/call"), nullptr);
    ask(1, "\"q\"", "elicitation/create", kForm);
    return peer.next()["result"];
  }
  static std::string back(const Value& asked) {
    return modern_call("2", ",\"inputResponses\":{\"" + asked["inputRequests"].begin().key() +
                                R"(":{"action":"decline"}},"requestState":)" + asked["requestState"].dump());
  }
  void acknowledge(std::size_t connection) {
    const Message* request = seen(connection, "subscriptions/listen");
    ASSERT_NE(request, nullptr);
    say(connection, R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":)"
                    R"({"_meta":{"io.modelcontextprotocol/subscriptionId":)" +
                        request->id->raw() + R"(},"notifications":{"resourceSubscriptions":["note://1"]}}})");
  }
  TestPeer& with_task() {
    TestPeer& peer = client();
    peer.initialize();
    peer.send(legacy("1", "tools/call", R"({"name":"t","arguments":{},"task":{}})"));
    answer(0, "tools/call", kWorking);
    EXPECT_TRUE(peer.next().contains("result"));
    return peer;
  }
  bool closed(std::size_t connection) {
    return wait([&] { return servers.at(connection)->closed; });
  }
};

TEST_F(ReloadRelays, AConversationThatWaitsForItsClientEndsOnTheServerThatItBeganWith) {
  open(Era::kLegacy);
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  replace(kLong);
  EXPECT_FALSE(servers[1]->closed);
  peer.send(back(asked));
  EXPECT_EQ(answered(1, "\"q\"")["result"]["action"], "decline");
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["result"]["resultType"], "complete");
  EXPECT_TRUE(closed(1) && closed(0)) << "nothing keeps the old server";
}

TEST_F(ReloadRelays, AConversationOverTheDeadlineEndsWithTheReason) {
  open(Era::kLegacy);
  TestPeer& peer = client();
  Value asked = asked_once(peer);
  replace(kNow);
  ASSERT_TRUE(closed(1));
  Value answer = peer.ask(back(asked));
  EXPECT_THAT(answer["error"].value("message", ""), HasSubstr("configuration")) << answer.dump();
}

TEST_F(ReloadRelays, AnIdleLeasedLinkEndsWithItsServerAndTheNextCallLeasesFromTheNewOne) {
  open(Era::kLegacy);
  TestPeer& peer = client();
  peer.send(modern_call("1"));
  answer(1, "tools/call", R"({"content":[]})");
  EXPECT_TRUE(peer.next().contains("result"));
  replace(kLong);
  EXPECT_TRUE(closed(1));
  peer.send(modern_call("2"));
  answer(3, "tools/call", R"({"content":[]})");
  EXPECT_EQ(peer.next()["id"], 2);
}

TEST_F(ReloadRelays, ACallThatWaitsBetweenTwoRoundsFinishesOnTheServerThatWasReplaced) {
  open(Era::kModern);
  TestPeer& peer = client();
  peer.initialize(R"({"elicitation":{}})");
  peer.send(legacy("1", "tools/call", R"({"name":"t","arguments":{}})"));
  answer(0, "tools/call",
         R"({"resultType":"input_required","inputRequests":{"w":{"method":"elicitation/create","params":)" +
             kForm + "}}}");
  Value question = peer.next();
  replace(kLong);
  peer.send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() + R"(,"result":{"action":"decline"}})");
  answer(0, "tools/call", R"({"resultType":"complete","content":[]})", 1);
  EXPECT_EQ(peer.next()["id"], 1);
  EXPECT_TRUE(closed(0));
}

TEST_F(ReloadRelays, ALegacyClientsSubscriptionAtAModernServerMovesToItsSuccessor) {
  open(Era::kModern);
  TestPeer& peer = client();
  peer.initialize();
  peer.send(legacy("1", "resources/subscribe", R"({"uri":"note://1"})"));
  acknowledge(0);
  EXPECT_TRUE(peer.next().contains("result"));
  replace(kLong);
  EXPECT_TRUE(closed(0));
  // A legacy client makes the gateway try the older era too: the first connection of each pair is the modern
  // one.
  acknowledge(2);
  say(2, kUpdated);
  EXPECT_EQ(peer.next()["method"], "notifications/resources/updated");
}

TEST_F(ReloadRelays, AModernClientsListenAtALegacyServerMovesToItsSuccessor) {
  open(Era::kLegacy);
  TestPeer& peer = client();
  peer.send(
      modern("9", "subscriptions/listen", R"(,"notifications":{"resourceSubscriptions":["note://1"]})"));
  answer(0, "resources/subscribe", "{}");
  EXPECT_EQ(peer.next()["method"], "notifications/subscriptions/acknowledged");
  replace(kLong);
  EXPECT_THAT(params(1, "resources/subscribe"), HasSubstr("note://1"));
  say(1, kUpdated);
  EXPECT_EQ(peer.next()["method"], "notifications/resources/updated");
  replace(kLong);
  EXPECT_THAT(params(2, "resources/subscribe"), HasSubstr("note://1"));
}

TEST_F(ReloadRelays, AListenThatBeganWhileItsServerWasReplacedHearsOfItsSuccessor) {
  open(Era::kLegacy);
  TestPeer& peer = client();
  peer.send(
      modern("9", "subscriptions/listen", R"(,"notifications":{"resourceSubscriptions":["note://1"]})"));
  ASSERT_NE(seen(0, "resources/subscribe"), nullptr);
  auto entries = gateway->options().servers;
  entries[0].args.push_back("changed");
  answer(0, "resources/subscribe", "{}");
  gateway->apply(std::move(entries), kLong);
  EXPECT_THAT(params(1, "resources/subscribe"), HasSubstr("note://1"));
  answer(1, "resources/subscribe", "{}");
  EXPECT_EQ(peer.next()["method"], "notifications/subscriptions/acknowledged");
  say(1, kUpdated);
  EXPECT_EQ(peer.next()["method"], "notifications/resources/updated");
}

TEST_F(ReloadRelays, ATaskIsReachedAtTheServerThatMadeIt) {
  open(Era::kLegacy);
  TestPeer& peer = with_task();
  replace(kLong);
  EXPECT_FALSE(servers[0]->closed);
  EXPECT_TRUE(peer.ask(legacy("2", "tasks/get", R"({"taskId":"7"})")).contains("result"));
  EXPECT_EQ(servers[0]->count("tasks/get"), 1u);
}

TEST_F(ReloadRelays, ATaskOverTheDeadlineHasFailedAndItsClientIsTold) {
  open(Era::kLegacy);
  TestPeer& peer = with_task();
  replace(kNow);
  ASSERT_TRUE(closed(0));
  Value told = peer.next();
  EXPECT_EQ(told["method"], "notifications/tasks/status");
  EXPECT_THAT(told["params"].value("statusMessage", ""), HasSubstr("configuration"));
  EXPECT_EQ(peer.ask(legacy("2", "tasks/get", R"({"taskId":"7"})"))["result"]["status"], "failed");
}

}  // namespace
}  // namespace mcp::gateway
