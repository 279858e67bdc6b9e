// How much one client may have running over HTTP, and what becomes of it when its connection ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using Fields = TestEndpoint::Fields;
using testing::HasSubstr;

struct Refusals {
  std::map<std::string, int> of;
  HttpEndpointOptions counted(HttpEndpointOptions options) {
    options.refused = [this](std::string_view limit) { ++of[std::string(limit)]; };
    return options;
  }
};

std::string number(int id) { return std::to_string(id); }

struct EndpointLimits : testing::Test {
  static constexpr int kLimit = 3;
  static HttpEndpointOptions options() {
    HttpEndpointOptions made;
    made.max_client_requests = kLimit;
    made.has_principals = true;
    return made;
  }
  std::unique_ptr<http::testing::TestPeer> call(int id) {
    return t.open_post(TestEndpoint::request(number(id), "tools/call", "{}"), {{"Mcp-Session-Id", session}});
  }
  std::unique_ptr<http::testing::TestPeer> modern_call(int id, const std::string& method = "tools/list") {
    return t.open_post(TestEndpoint::request(number(id), method, TestEndpoint::modern_params()),
                       TestEndpoint::modern_fields(method));
  }

  Refusals refusals;
  TestEndpoint t{refusals.counted(options())};
  std::string session;
};

TEST_F(EndpointLimits, ASessionHasAsManyRequestsRunningAsItMayAndTheNextIs429) {
  session = t.open_session();
  std::vector<std::unique_ptr<http::testing::TestPeer>> running;
  for (int id = 1; id <= kLimit; ++id) running.push_back(call(id));
  ASSERT_TRUE(t.heard(0, 1 + kLimit));
  auto extra = call(kLimit + 1);
  auto refused = t.reply_of(*extra);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers["retry-after"], "1");
  EXPECT_THAT(refused.body, HasSubstr("max_in_flight_per_client"));
  EXPECT_THAT(refused.body, HasSubstr("\"id\":4"));
  EXPECT_EQ(refusals.of["max_in_flight_per_client"], 1);
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*running[0]).status, 200);
  running.push_back(call(kLimit + 2));
  EXPECT_TRUE(t.heard(0, 2 + kLimit)) << "room again";
}

TEST_F(EndpointLimits, APrincipalHasAsManyModernRequestsRunningAsItMay) {
  t.principal = "ada";
  std::vector<std::unique_ptr<http::testing::TestPeer>> running;
  for (int id = 1; id <= kLimit; ++id) running.push_back(modern_call(id));
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == kLimit; }));
  auto extra = modern_call(9);
  auto refused = t.reply_of(*extra);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers["retry-after"], "1");
  EXPECT_THAT(refused.body, HasSubstr("max_in_flight_per_client"));
  // Neither another principal nor a subscription is concerned.
  running.push_back(modern_call(10, "subscriptions/listen"));
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == kLimit + 1; }));
  t.principal = "bob";
  running.push_back(modern_call(11));
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == kLimit + 2; }));
  t.principal = "ada";
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.answer(0, t.owned[0]->ear->messages[0].message.id->raw()));
  t.reply_of(*running[0]);
  running.push_back(modern_call(12));
  EXPECT_TRUE(t.wait([&] { return t.owned.size() == kLimit + 3; })) << "room again";
}

TEST(EndpointLimitsOfAll, OneModernRequestTooManyIs503) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.max_modern_requests = 1;
  TestEndpoint t(refusals.counted(options));
  auto body = TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params());
  auto fields = TestEndpoint::modern_fields("tools/list");
  auto first = t.open_post(body, fields);
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 1; }));
  auto refused = t.post(body, fields);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers["retry-after"], "1");
  EXPECT_THAT(refused.body, HasSubstr("max_modern_requests"));
  EXPECT_EQ(refusals.of["max_modern_requests"], 1);
}

TEST(EndpointLimitsOfAll, SubscriptionsDoNotTakeThePlacesOfCalls) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.max_modern_requests = 1;
  options.max_listens = 2;
  TestEndpoint t(refusals.counted(options));
  auto body = [](const std::string& method) {
    return TestEndpoint::request("1", method, TestEndpoint::modern_params());
  };
  auto open = [&](const std::string& method) {
    return t.open_post(body(method), TestEndpoint::modern_fields(method));
  };
  auto first = open("subscriptions/listen");
  auto second = open("subscriptions/listen");
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 2; }));
  auto refused = t.post(body("subscriptions/listen"), TestEndpoint::modern_fields("subscriptions/listen"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers["retry-after"], "1");
  EXPECT_THAT(refused.body, HasSubstr("max_listens in [serve]"));
  EXPECT_EQ(refusals.of["max_listens"], 1);
  auto call = open("tools/list");
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 3; })) << "calls have their own places";
  first.reset();
  ASSERT_TRUE(t.wait([&] { return t.server.connections() == 2; }));
  auto again = open("subscriptions/listen");
  EXPECT_TRUE(t.wait([&] { return t.owned.size() == 4; })) << "room again";
}

TEST(EndpointLimitsOfAll, APrincipalHasItsShareOfTheSubscriptions) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.has_principals = true;
  options.max_principal_listens = 1;
  TestEndpoint t(refusals.counted(options));
  auto body = TestEndpoint::request("1", "subscriptions/listen", TestEndpoint::modern_params());
  auto fields = TestEndpoint::modern_fields("subscriptions/listen");
  t.principal = "alice";
  auto first = t.open_post(body, fields);
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 1; }));
  auto refused = t.post(body, fields);
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("max_listens_per_principal in [serve]"));
  EXPECT_EQ(refusals.of["max_listens_per_principal"], 1);
  t.principal = "bob";
  auto other = t.open_post(body, fields);
  EXPECT_TRUE(t.wait([&] { return t.owned.size() == 2; }));
}

TEST(EndpointLimitsOfAll, APrincipalHasItsShareOfTheSessions) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.has_principals = true;
  options.max_principal_sessions = 2;
  TestEndpoint t(refusals.counted(options));
  t.principal = "alice";
  std::string first = t.open_session();
  ASSERT_NE(t.open_session(), "");
  auto refused = t.post(TestEndpoint::request("1", "initialize", "{}"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("max_sessions_per_principal in [serve]"));
  t.target = "/sse";
  EXPECT_EQ(t.ask("GET", {{"Accept", "text/event-stream"}}).status, 429);
  EXPECT_EQ(refusals.of["max_sessions_per_principal"], 2);
  t.target = "/mcp";
  t.principal = "bob";
  EXPECT_NE(t.open_session(), "");
  t.principal = "alice";
  EXPECT_EQ(t.ask("DELETE", {{"Mcp-Session-Id", first}}).status, 200);
  EXPECT_NE(t.open_session(), "") << "room again";
}

TEST(EndpointLimitsOfAll, WithoutTokensModernClientsOfThisMachineDoNotCountTogether) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.max_client_requests = 1;
  TestEndpoint t(refusals.counted(options));
  auto body = TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params());
  auto first = t.open_post(body, TestEndpoint::modern_fields("tools/list"));
  auto second = t.open_post(body, TestEndpoint::modern_fields("tools/list"));
  EXPECT_TRUE(t.wait([&] { return t.owned.size() == 2; }));
  EXPECT_TRUE(refusals.of.empty());
}

TEST(EndpointLimitsOfAll, WithoutTokensThoseOfAnotherMachineDo) {
  Refusals refusals;
  HttpEndpointOptions options;
  options.max_client_requests = 1;
  TestEndpoint t(refusals.counted(options));
  t.seems_from = "192.0.2.1:1000";
  auto body = TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params());
  auto fields = TestEndpoint::modern_fields("tools/list");
  auto first = t.open_post(body, fields);
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 1; }));
  t.seems_from = "192.0.2.1:1001";
  EXPECT_EQ(t.post(body, fields).status, 429);
  t.seems_from = "192.0.2.2:1001";
  auto other = t.open_post(body, fields);
  EXPECT_TRUE(t.wait([&] { return t.owned.size() == 2; }));
}

TEST_F(EndpointLimits, AServerThatIsTooBusyIs503WithRetryAfter) {
  session = t.open_session();
  auto running = call(1);
  ASSERT_TRUE(t.heard(0, 2));
  Envelope busy = envelope_of(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"busy"}})");
  busy.http_status = 503;
  ASSERT_TRUE(t.owned[0]->channel().send(std::move(busy)));
  auto reply = t.reply_of(*running);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers["retry-after"], "1");
  EXPECT_THAT(reply.body, HasSubstr("\"message\":\"busy\""));
}

std::string nested(int levels) {
  return "{\"a\":" + std::string(levels - 2, '[') + std::string(levels - 2, ']') + "}";
}

struct EndpointDepth : testing::Test {
  static HttpEndpointOptions options() {
    HttpEndpointOptions made;
    made.max_depth = 8;
    made.max_batch = 2;
    made.accept_batches = true;
    return made;
  }
  void expect_refused(const TestEndpoint::Reply& reply, const std::string& limit, int times) {
    EXPECT_EQ(reply.status, 400);
    EXPECT_THAT(reply.body, HasSubstr("-32600"));
    EXPECT_THAT(reply.body, HasSubstr(limit + " in [serve] is reached"));
    EXPECT_EQ(refusals.of[limit], times);
  }

  Refusals refusals;
  TestEndpoint t{refusals.counted(options())};
};

TEST_F(EndpointDepth, AMessageIsNestedAsDeeplyAsItMayBeAndNotOneLevelMore) {
  Fields session{{"Mcp-Session-Id", t.open_session()}};
  auto running = t.open_post(TestEndpoint::request("1", "x", nested(8)), session);
  ASSERT_TRUE(t.heard(0, 2));
  auto refused = t.post(TestEndpoint::request("2", "x", nested(9)), session);
  expect_refused(refused, "max_depth", 1);
  EXPECT_THAT(refused.body, HasSubstr("\"id\":2"));
  std::string long_text = nested(9);
  long_text.insert(1, "\"long\":\"" + std::string(300 << 10, 'x') + "\",");
  expect_refused(t.post(TestEndpoint::request("3", "x", long_text), session), "max_depth", 2);
}

TEST_F(EndpointDepth, OverHttpAndSseToo) {
  t.target = "/sse";
  auto stream = t.open("GET", {{"Accept", "text/event-stream"}});
  ASSERT_TRUE(stream->wait_for("data: "));
  ASSERT_TRUE(stream->wait_for("\n\n"));
  const std::string& heard = stream->received();
  auto at = heard.find("/messages?sessionId=");
  ASSERT_NE(at, heard.npos);
  t.target = heard.substr(at, heard.find_first_of("\r\n", at) - at);
  EXPECT_EQ(t.post(TestEndpoint::request("1", "x", nested(8))).status, 202);
  expect_refused(t.post(TestEndpoint::request("2", "x", nested(9))), "max_depth", 1);
}

TEST_F(EndpointDepth, ABatchIsBoundedInMembersAndInDepth) {
  Fields session{{"Mcp-Session-Id", t.open_session(protocol::Revision::k2025_03_26)}};
  std::string note = R"({"jsonrpc":"2.0","method":"n"})";
  EXPECT_EQ(t.post("[" + note + "," + note + "]", session).status, 202);
  expect_refused(t.post("[" + note + "," + note + "," + note + "]", session), "max_batch", 1);
  std::string deep = R"({"jsonrpc":"2.0","method":"n","params":)" + nested(8) + "}";
  expect_refused(t.post("[" + deep + "]", session), "max_depth", 1);
}

TEST_F(EndpointDepth, ALargeBatchIsReadBesideTheLoop) {
  Fields session{{"Mcp-Session-Id", t.open_session(protocol::Revision::k2025_03_26)}};
  std::string filling(200 << 10, 'x');
  auto one = [&](int id) { return TestEndpoint::request(number(id), "x", "{\"a\":\"" + filling + "\"}"); };
  auto running = t.open_post("[" + one(1) + "," + one(2) + "]", session);
  ASSERT_TRUE(t.heard(0, 3));
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(t.answer(0, "2"));
  EXPECT_THAT(t.reply_of(*running).body, HasSubstr("\"id\":2"));
  expect_refused(t.post("[" + one(3) + "," + one(4) + ",1]", session), "max_batch", 1);
}

TEST_F(EndpointDepth, ALargeBatchOfASessionThatEndedMeanwhileIsNotTaken) {
  Fields session{{"Mcp-Session-Id", t.open_session(protocol::Revision::k2025_03_26)}};
  std::string one = TestEndpoint::request("1", "x", "{\"a\":\"" + std::string(300 << 10, 'x') + "\"}");
  auto posted = t.open_post("[" + one + "]", session);
  ASSERT_TRUE(t.wait([&] { return t.endpoint.in_flight() == 1; })) << "it is being read";
  t.owned[0]->channel().close();
  EXPECT_EQ(t.reply_of(*posted).status, 404);
}

struct Leaving {
  static HttpEndpointOptions options(bool abort, async::Millis promote) {
    HttpEndpointOptions made;
    made.abort_on_disconnect = abort;
    made.promote_to_sse = promote;
    return made;
  }
  // What its owner hears when the client of a running call leaves, and pings afterwards from elsewhere.
  static std::vector<std::string> heard_after(TestEndpoint& t, const char* until) {
    std::string session = t.open_session();
    auto running = t.open_post(TestEndpoint::request("7", "tools/call", "{}"), {{"Mcp-Session-Id", session}});
    EXPECT_TRUE(t.heard(0, 2));
    if (until != nullptr) {
      EXPECT_TRUE(running->wait_for(until));
    }
    running.reset();
    EXPECT_TRUE(t.wait([&t] { return t.server.connections() == 0; }));
    auto other = t.open_post(TestEndpoint::request("8", "ping"), {{"Mcp-Session-Id", session}});
    EXPECT_TRUE(t.wait([&t] {
      const auto& messages = t.owned[0]->ear->messages;
      return !messages.empty() && messages.back().message.method == "ping";
    }));
    std::vector<std::string> methods;
    for (const auto& one : t.owned[0]->ear->messages) methods.push_back(one.message.method);
    return methods;
  }
};

using Heard = std::vector<std::string>;
const Heard kGoesOn{"initialize", "tools/call", "ping"};
const Heard kCancelled{"initialize", "tools/call", "notifications/cancelled", "ping"};

TEST(AbortOnDisconnect, WithoutItACallGoesOn) {
  TestEndpoint t(Leaving::options(false, kPatience));
  EXPECT_EQ(Leaving::heard_after(t, nullptr), kGoesOn);
  EXPECT_EQ(t.endpoint.in_flight(), 2u);
}

TEST(AbortOnDisconnect, WithItACallIsCancelled) {
  TestEndpoint t(Leaving::options(true, kPatience));
  EXPECT_EQ(Leaving::heard_after(t, nullptr), kCancelled);
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
}

TEST(AbortOnDisconnect, WithoutItACallThatIsAStreamByNowGoesOn) {
  TestEndpoint t(Leaving::options(false, async::Millis(1)));
  EXPECT_EQ(Leaving::heard_after(t, "text/event-stream"), kGoesOn);
}

TEST(AbortOnDisconnect, WithItACallThatIsAStreamByNowIsCancelled) {
  TestEndpoint t(Leaving::options(true, async::Millis(1)));
  EXPECT_EQ(Leaving::heard_after(t, "text/event-stream"), kCancelled);
}

}  // namespace
}  // namespace mcp::transport
