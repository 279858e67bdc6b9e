// The server's side of HTTP+SSE (2024-11-05 transports, "HTTP with SSE").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;
using testing::Not;
using Fields = TestEndpoint::Fields;
using Peer = std::unique_ptr<http::testing::TestPeer>;

const Fields kJson = {{"Content-Type", "application/json"}};
const Fields kStream = {{"Accept", "text/event-stream"}};
const std::string kEvent = "event: endpoint\ndata: ";

struct SseEndpointTest : testing::Test {
  explicit SseEndpointTest(HttpEndpointOptions options = {}) : t(options) {}

  Peer open(const Fields& fields = kStream) {
    t.target = "/sse";
    Peer peer = t.open("GET", fields);
    EXPECT_TRUE(peer->wait_for("\n\n"));
    return peer;
  }
  static std::string address_in(const Peer& peer) {
    const std::string& text = peer->received();
    auto begin = text.find(kEvent) + kEvent.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  TestEndpoint::Reply post(const std::string& address, const std::string& body,
                           const Fields& fields = kJson) {
    t.target = address;
    return t.ask("POST", fields, body);
  }
  std::string ping(int id) { return TestEndpoint::request(std::to_string(id), "ping"); }

  TestEndpoint t;
};

TEST_F(SseEndpointTest, TheFirstEventNamesTheAddressForMessages) {
  Peer stream = open();
  EXPECT_THAT(stream->received(), HasSubstr("200 OK"));
  EXPECT_THAT(stream->received(), HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(stream->received(), HasSubstr("X-Accel-Buffering: no"));
  EXPECT_THAT(stream->received(), Not(HasSubstr("Mcp-Session-Id")));
  EXPECT_THAT(address_in(stream), testing::MatchesRegex("/messages\\?sessionId=[0-9a-f]{32}"));
  EXPECT_EQ(t.endpoint.sessions(), 1u);
  EXPECT_EQ(t.owned.at(0)->arrival.era, protocol::Era::kLegacy);
}

TEST_F(SseEndpointTest, AMessageIs202AndItsAnswerComesOnTheStream) {
  Peer stream = open();
  auto reply = post(address_in(stream), ping(1));
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "");
  ASSERT_TRUE(t.heard(0, 1));
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
  ASSERT_TRUE(t.say(0, "notifications/message", jsonrpc::Id::number(1)));
  ASSERT_TRUE(t.answer(0, "1", R"({"a":"b"})"));
  ASSERT_TRUE(
      stream->wait_for("event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"b\"}}\n\n"));
  EXPECT_LT(stream->received().find("notifications/message"), stream->received().find("\"result\""));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST_F(SseEndpointTest, NotificationsAndAnswersOfTheClientReachTheOwner) {
  Peer stream = open();
  EXPECT_EQ(post(address_in(stream), R"({"jsonrpc":"2.0","method":"notifications/initialized"})").status,
            202);
  EXPECT_EQ(post(address_in(stream), R"({"jsonrpc":"2.0","id":"q","result":{}})").status, 202);
  ASSERT_TRUE(t.heard(0, 2));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST_F(SseEndpointTest, TheEndOfTheStreamIsTheEndOfTheSession) {
  Peer stream = open();
  std::string address = address_in(stream);
  ASSERT_EQ(post(address, ping(1)).status, 202);
  stream->close();
  ASSERT_TRUE(t.wait([&] { return t.owned[0]->ear->closed.has_value(); }));
  EXPECT_EQ(t.owned[0]->ear->closed->code, ErrorCode::kUnavailable);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  EXPECT_EQ(post(address, ping(2)).status, 404);
  EXPECT_EQ(t.answer(0, "1").error().code, ErrorCode::kUnavailable);
}

TEST_F(SseEndpointTest, LettingGoOfTheChannelEndsTheStream) {
  Peer stream = open();
  t.owned[0]->arrival.channel.reset();
  EXPECT_TRUE(stream->wait_for("0\r\n\r\n"));
  EXPECT_EQ(t.endpoint.sessions(), 0u);
}

TEST_F(SseEndpointTest, ASessionBelongsToItsPrincipalAndItsRoute) {
  t.principal = "alice";
  t.route = "files";
  Peer stream = open();
  std::string address = address_in(stream);
  t.principal = "bob";
  EXPECT_EQ(post(address, ping(1)).status, 404);
  t.principal = "alice";
  t.route = "";
  EXPECT_EQ(post(address, ping(1)).status, 404);
  EXPECT_TRUE(t.owned[0]->ear->messages.empty());
  t.route = "files";
  EXPECT_EQ(post(address, ping(1)).status, 202);
}

TEST_F(SseEndpointTest, UnknownIdsAreAnsweredAndLeaveNothing) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(post("/messages?sessionId=" + std::to_string(i * 7919), ping(i)).status, 404);
  }
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  EXPECT_TRUE(t.owned.empty());
}

TEST_F(SseEndpointTest, WhatTheTransportDoesNotKnowIsRefusedWithItsStatus) {
  Peer stream = open();
  std::string address = address_in(stream);
  EXPECT_EQ(post("/messages", ping(1)).status, 400);
  EXPECT_EQ(post("/messages?session=x&sessionId=", ping(1)).status, 400);
  EXPECT_EQ(post(address, ping(1), {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(post(address, "{").status, 400);
  EXPECT_THAT(post(address, "{").body, HasSubstr("-32700"));
  EXPECT_EQ(post(address, "[" + ping(1) + "]").status, 400);
  Fields modern = {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "2026-07-28"}};
  EXPECT_EQ(post(address, ping(1), modern).status, 400);
  auto reply = t.ask("GET", {});
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers["allow"], "POST");
  t.target = "/sse";
  reply = t.post(ping(1));
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers["allow"], "GET");
  EXPECT_EQ(t.ask("GET", {{"Accept", "application/json"}}).status, 406);
  EXPECT_TRUE(t.owned[0]->ear->messages.empty());
  EXPECT_EQ(t.endpoint.sessions(), 1u);
}

TEST_F(SseEndpointTest, FurtherQueryFieldsAndTheVersionOfTheSessionAreAccepted) {
  Peer stream = open({});
  auto id = address_in(stream).substr(std::string("/messages?").size());
  Fields fields = {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "2025-11-25"}};
  EXPECT_EQ(post("/messages?key=v&" + id + "&x", ping(1), fields).status, 202);
}

TEST_F(SseEndpointTest, AnIdInUseIsRefusedAndACancelledOneIsFree) {
  Peer stream = open();
  std::string address = address_in(stream);
  ASSERT_EQ(post(address, ping(1)).status, 202);
  EXPECT_EQ(post(address, ping(1)).status, 400);
  EXPECT_EQ(post(address, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})")
                .status,
            202);
  ASSERT_TRUE(t.heard(0, 2));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  EXPECT_EQ(post(address, ping(1)).status, 202);
}

TEST_F(SseEndpointTest, OneRequestTooManyIs429) {
  Peer stream = open();
  std::string address = address_in(stream);
  for (int i = 1; i <= 1024; ++i) ASSERT_EQ(post(address, ping(i)).status, 202);
  auto reply = post(address, ping(1025));
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(reply.headers.contains("retry-after"));
}

struct SseCaps : SseEndpointTest {
  static HttpEndpointOptions options() {
    HttpEndpointOptions o;
    o.max_sessions = 2;
    return o;
  }
  SseCaps() : SseEndpointTest(options()) {}
};

TEST_F(SseCaps, SessionsOfBothTransportsShareOneCap) {
  std::string other = t.open_session();
  Peer stream = open();
  t.target = "/sse";
  auto reply = t.ask("GET", kStream);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers["retry-after"], "1");
  t.target = "/mcp";
  EXPECT_EQ(t.post(TestEndpoint::request("0", "initialize", "{}")).status, 503);
  stream->close();
  ASSERT_TRUE(t.wait([&] { return t.endpoint.sessions() == 1; }));
  t.target = "/mcp";
  EXPECT_NE(t.open_session(), "");
}

TEST_F(SseCaps, WhileDrainingThereIsNoNewSessionAndCloseEndsTheOthers) {
  Peer stream = open();
  t.endpoint.drain();
  t.target = "/sse";
  EXPECT_EQ(t.ask("GET", kStream).status, 503);
  EXPECT_EQ(post(address_in(stream), ping(1)).status, 202) << "an open one goes on";
  t.endpoint.close();
  EXPECT_TRUE(stream->wait_for("0\r\n\r\n"));
  EXPECT_TRUE(t.owned[0]->ear->closed);
}

TEST_F(SseCaps, AnOwnerThatDoesNotWantItMakesA503) {
  t.accepting = false;
  t.target = "/sse";
  EXPECT_EQ(t.ask("GET", kStream).status, 503);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
}

TEST(SseSlow, AReaderThatDoesNotReadIsCut) {
  TestEndpoint t;
  t.target = "/sse";
  http::testing::TestPeer stream(t.loop, t.port, false);
  stream.send(t.request_text("GET", kStream, ""));
  ASSERT_TRUE(t.wait([&] { return t.owned.size() == 1 && t.endpoint.sessions() == 1; }));
  std::string large = "\"" + std::string(1 << 20, 'x') + "\"";
  Result<void> sent;
  // The connection keeps max_stream_queue_bytes beyond what the kernel takes.
  for (int i = 0; i < 64 && sent; ++i) {
    sent = t.owned[0]->channel().send(
        envelope_of(R"({"jsonrpc":"2.0","method":"n","params":{"a":)" + large + "}}"));
  }
  ASSERT_FALSE(sent);
  EXPECT_TRUE(t.wait([&] { return t.owned[0]->ear->closed.has_value(); }));
  EXPECT_EQ(t.endpoint.sessions(), 0u);
}

struct SseIdle : SseEndpointTest {
  static HttpEndpointOptions options(async::Millis grace) {
    HttpEndpointOptions o;
    o.session_idle = async::Millis(400);
    o.answer_grace = grace;
    o.heartbeat = async::Millis(20);
    return o;
  }
  explicit SseIdle(async::Millis grace = async::Millis(20)) : SseEndpointTest(options(grace)) {}
};
struct SseAsked : SseIdle {
  SseAsked() : SseIdle(kPatience) {}
};

TEST_F(SseIdle, AnIdleStreamGetsHeartbeats) {
  Peer stream = open();
  ASSERT_EQ(post(address_in(stream), R"({"jsonrpc":"2.0","method":"n"})").status, 202);
  EXPECT_TRUE(stream->wait_for("\n: \n\n"));
}

TEST_F(SseIdle, AClientThatNeverSpeaksIsEndedUnasked) {
  Peer stream = open();
  EXPECT_TRUE(stream->wait_for("0\r\n\r\n"));
  EXPECT_EQ(t.owned[0]->ear->closed->code, ErrorCode::kTimeout);
  EXPECT_THAT(stream->received(), Not(HasSubstr("ping")));
}

TEST_F(SseIdle, AClientThatDoesNotAnswerAPingIsEnded) {
  Peer stream = open();
  ASSERT_EQ(post(address_in(stream), R"({"jsonrpc":"2.0","method":"n"})").status, 202);
  EXPECT_TRUE(stream->wait_for("\"method\":\"ping\""));
  EXPECT_TRUE(stream->wait_for("0\r\n\r\n"));
  EXPECT_EQ(t.owned[0]->ear->closed->code, ErrorCode::kTimeout);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
}

TEST_F(SseAsked, AClientThatAnswersLivesOnAndItsOwnerHearsNothingOfIt) {
  Peer stream = open();
  std::string address = address_in(stream);
  ASSERT_EQ(post(address, R"({"jsonrpc":"2.0","method":"n"})").status, 202);
  for (int round = 1; round <= 3; ++round) {
    std::string id = "\"mcp-alive-" + std::to_string(round) + "\"";
    ASSERT_TRUE(stream->wait_for(id)) << round;
    ASSERT_EQ(post(address, "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}").status, 202);
  }
  EXPECT_EQ(t.owned[0]->ear->messages.size(), 1u);
  EXPECT_FALSE(t.owned[0]->ear->closed);
}

}  // namespace
}  // namespace mcp::transport
