#include "internal/gateway/test_reload.h"

namespace mcp::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr async::Millis kNow{0};
constexpr async::Millis kLong{60'000};

// A server that must be started anew, with the same lists.
ServerEntry restarted(ServerEntry entry) {
  entry.args = {"changed"};
  return entry;
}

class ReloadTest : public ReloadFixture {
 protected:
  // The methods of the notifications that have come and of those that come until the client is answered.
  std::vector<std::string> heard(TestPeer& client) {
    std::vector<std::string> methods;
    client.send(legacy("\"mark\"", "ping"));
    for (;;) {
      Value message = client.next();
      if (message.is_null() || message.value("id", Value()) == "mark") return methods;
      methods.push_back(message.value("method", message.dump()));
    }
  }
  // Until a change has had the time to be told.
  void flush() {
    bool over = false;
    async::Timer timer(*loop);
    timer.start(kFlushAfter * 3, [&over] { over = true; });
    ASSERT_TRUE(wait([&over] { return over; }));
  }
  void all_up() {
    ASSERT_TRUE(wait([&] { return gateway->all_settled(); }));
  }
};

TEST_F(ReloadTest, AServerWithTheSameEntryIsNotTouched) {
  start({entry("a", "one"), entry("b", "two")});
  TestPeer& client = connect();
  gateway->apply({entry("a", "one"), restarted(entry("b", "two"))}, kLong);
  all_up();
  EXPECT_EQ(text_of(client.ask(call("1", "a__one"))), "one#1");
  EXPECT_EQ(text_of(client.ask(call("2", "b__two"))), "two#2");
}

TEST_F(ReloadTest, ACallIntoAServerThatStartsAnewWaitsForIt) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  EXPECT_EQ(text_of(client.ask(call("1", "a__one"))), "one#2");
}

TEST_F(ReloadTest, TheCatalogueFollowsAndIsToldOnce) {
  start({entry("a", "one"), entry("b", "two")});
  TestPeer& client = connect();
  auto plan = gateway->apply({entry("c", "three"), entry("a", "one")}, kLong);
  EXPECT_THAT(plan.added, ElementsAre("c"));
  EXPECT_THAT(plan.removed, ElementsAre("b"));
  all_up();
  flush();
  EXPECT_THAT(heard(client), testing::UnorderedElementsAre("notifications/tools/list_changed",
                                                           "notifications/resources/list_changed"));
  EXPECT_THAT(names(client.ask(legacy("1", "tools/list"))),
              ElementsAre("c__three", "c__hold", "a__one", "a__hold"));
  EXPECT_THAT(text_of(client.ask(call("2", "b__two"))), HasSubstr("Unknown tool"));
}

TEST_F(ReloadTest, ARestartThatChangesNoListIsNotToldAndShowsNoGap) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  EXPECT_THAT(names(client.ask(legacy("1", "tools/list"))), ElementsAre("a__one", "a__hold"));
  all_up();
  flush();
  EXPECT_THAT(heard(client), ElementsAre());
}

TEST_F(ReloadTest, NorIsTheRestartOfAServerOfBothEras) {
  ServerEntry both = entry("a", "one");
  both.era = "auto";
  start({both});
  TestPeer& client = connect();
  ASSERT_TRUE(wait([&] { return instances["one"].size() == 2; })) << "one connection an era";
  heard(client);
  gateway->apply({restarted(both)}, kLong);
  ASSERT_TRUE(wait([&] { return instances["one"].size() == 4; }));
  flush();
  EXPECT_THAT(heard(client), ElementsAre());
  EXPECT_EQ(text_of(client.ask(call("1", "a__one"))), "one#4");
}

TEST_F(ReloadTest, AnotherOrderIsToldAndRestartsNothing) {
  start({entry("a", "one"), entry("b", "two")});
  TestPeer& client = connect();
  gateway->apply({entry("b", "two"), entry("a", "one")}, kLong);
  flush();
  EXPECT_EQ(heard(client).size(), 2u);
  EXPECT_THAT(names(client.ask(legacy("1", "tools/list"))),
              ElementsAre("b__two", "b__hold", "a__one", "a__hold"));
  EXPECT_EQ(text_of(client.ask(call("2", "a__one"))), "one#1");
}

TEST_F(ReloadTest, ARunningCallFinishesOnTheServerThatWasReplaced) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  client.send(call("1", "a__hold"));
  ASSERT_TRUE(wait([&] { return holding("one") == 1; }));
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  all_up();
  EXPECT_EQ(text_of(client.ask(call("2", "a__one"))), "one#2");
  ASSERT_FALSE(instances["one"][0]->session.expired());
  instances["one"][0]->gates[0].set(1);
  EXPECT_EQ(text_of(client.next()), "released");
  EXPECT_TRUE(wait([&] { return instances["one"][0]->session.expired(); })) << "the old server stays behind";
}

TEST_F(ReloadTest, ACallOverTheDeadlineGetsACleanError) {
  start({entry("a", "one"), entry("b", "two")});
  TestPeer& client = connect();
  client.send(call("1", "a__hold"));
  client.send(call("2", "b__hold"));
  ASSERT_TRUE(wait([&] { return holding("one") == 1 && holding("two") == 1; }));
  gateway->apply({restarted(entry("a", "one"))}, kNow);
  for (int i = 0; i < 2; ++i) {
    Value answer = client.next();
    while (!answer.contains("id")) answer = client.next();
    EXPECT_THAT(answer["error"].value("message", ""), HasSubstr("configuration")) << answer.dump();
  }
}

TEST_F(ReloadTest, TheSessionsOfARemovedServersEndpointEndAfterTheirCalls) {
  start({entry("a", "one"), entry("b", "two")});
  TestPeer& alone = connect("b");
  TestPeer& other = connect("a");
  alone.send(call("1", "hold"));
  ASSERT_TRUE(wait([&] { return holding("two") == 1; }));
  gateway->apply({entry("a", "one")}, kLong);
  EXPECT_EQ(gateway->backend("b"), nullptr);
  EXPECT_TRUE(alone.session()->alive());
  instances["two"][0]->gates[0].set(1);
  EXPECT_EQ(text_of(alone.next()), "released");
  EXPECT_TRUE(wait([&] { return !alone.session()->alive(); }));
  EXPECT_EQ(text_of(other.ask(call("2", "one"))), "one#1");
}

TEST_F(ReloadTest, AnEndpointLivesOnWhenItsServerIsChanged) {
  start({entry("a", "one")});
  TestPeer& alone = connect("a");
  auto backend = gateway->backend("a");
  gateway->apply({entry("a", "other")}, kLong);
  EXPECT_EQ(gateway->backend("a"), backend);
  EXPECT_EQ(text_of(alone.ask(call("1", "other"))), "other#1");
}

TEST_F(ReloadTest, SubscriptionsMoveToTheNewServer) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  EXPECT_TRUE(client.ask(legacy("1", "resources/subscribe", R"({"uri":"res://one"})")).contains("result"));
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  all_up();
  settle();
  ASSERT_EQ(instances["one"].size(), 2u);
  instances["one"][0]->catalog->resource_updated("res://one");
  settle();
  EXPECT_THAT(heard(client), ElementsAre());
  instances["one"][1]->catalog->resource_updated("res://one");
  EXPECT_EQ(client.next().value("method", ""), "notifications/resources/updated");
}

TEST_F(ReloadTest, AModernClientsListenMovesToTheNewServer) {
  ServerEntry modern = entry("a", "one");
  modern.era = "modern";
  start({modern});
  auto backend = gateway->backend("");
  TestPeer client(loop, [&](async::Loop&) { return backend; });
  client.send(
      server::modern("7", "subscriptions/listen",
                     R"(,"notifications":{"toolsListChanged":true,"resourceSubscriptions":["res://one"]})"));
  EXPECT_EQ(client.next().value("method", ""), "notifications/subscriptions/acknowledged");
  gateway->apply({restarted(modern)}, kLong);
  all_up();
  ASSERT_TRUE(wait([&] { return instances["one"].size() == 2; }));
  ASSERT_TRUE(wait([&] { return instances["one"][1]->catalog->listens() == 2; }))
      << "our own, for lists, and the client's";
  instances["one"][1]->catalog->resource_updated("res://one");
  EXPECT_EQ(client.next().value("method", ""), "notifications/resources/updated");
  gateway->apply({}, kLong);
  EXPECT_EQ(client.next().value("method", ""), "notifications/tools/list_changed");
  EXPECT_EQ(gateway->open_listens(), 1u) << "the endpoint is still there";
  gateway->stop();
  Value closing = client.next();
  EXPECT_EQ(closing["id"], 7);
  EXPECT_TRUE(closing.contains("result"));
  client.hang_up();
}

TEST_F(ReloadTest, ASessionsOwnServerIsReplacedToo) {
  start({entry("a", "one")});
  TestPeer& client = connect("", R"({"roots":{}})");
  ASSERT_TRUE(wait([&] { return instances["one"].size() == 2; })) << "the shared one and the session's own";
  EXPECT_EQ(text_of(client.ask(call("1", "a__one"))), "one#2");
  gateway->apply({entry("a", "other")}, kLong);
  ASSERT_TRUE(wait([&] { return instances["other"].size() == 2; }));
  std::string shown = text_of(client.ask(call("2", "a__other")));
  EXPECT_THAT(shown, HasSubstr("other#"));
  EXPECT_TRUE(wait([&] {
    return instances["one"][0]->session.expired() && instances["one"][1]->session.expired();
  })) << "the old ones stay behind";
}

TEST_F(ReloadTest, ASecondReloadDuringTheFirstWins) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  client.send(call("1", "a__third"));
  gateway->apply({entry("a", "third")}, kLong);
  EXPECT_EQ(text_of(client.next()), "third#1");
}

TEST_F(ReloadTest, ACallThatWaitsForAServerIsAnsweredByItsSuccessor) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  gateway->apply({restarted(entry("a", "one"))}, kLong);
  client.send(call("1", "a__one"));
  for (int i = 0; i < 3; ++i) {
    ServerEntry again = entry("a", "one");
    again.args = {std::to_string(i)};
    gateway->apply({again}, kNow);
  }
  EXPECT_THAT(text_of(client.next()), HasSubstr("one#"));
}

TEST_F(ReloadTest, WhatOnlyTheGatewayActsOnIsTakenOverInPlace) {
  start({entry("a", "one")});
  ServerEntry required = entry("a", "one");
  required.required = true;
  EXPECT_TRUE(gateway->apply({required}, kLong).restarts_nothing());
  EXPECT_TRUE(gateway->statuses()[0].required);
  EXPECT_EQ(instances["one"].size(), 1u);
}

TEST_F(ReloadTest, AGatewayThatStopsEndsTheRunningCallsAndRefusesNewOnes) {
  start({entry("a", "one")});
  TestPeer& client = connect();
  client.send(call("1", "a__hold"));
  ASSERT_TRUE(wait([&] { return holding("one") == 1; }));
  gateway->stop();
  Value answer = client.next();
  EXPECT_EQ(answer["id"], 1);
  EXPECT_THAT(answer["error"].value("message", ""), HasSubstr("the gateway is shutting down"));
  EXPECT_THAT(client.ask(call("2", "a__one"))["error"].value("message", ""), HasSubstr("shutting down"));
}

}  // namespace
}  // namespace mcp::gateway
