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
