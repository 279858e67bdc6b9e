// The client's side of HTTP+SSE, against our own endpoint and against scripted servers.
#include "internal/transport/http_sse_client_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/http_answer.h"
#include "internal/transport/legacy_remote_channel.h"
#include "internal/transport/test_client.h"
#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;

const jsonrpc::Id kOne = jsonrpc::Id::number(1);

struct SseClient : testing::Test {
  TestEndpoint t;
  TestClient client{t.loop, t.port, {}, make_http_sse_client_channel, "/sse"};
};

TEST_F(SseClient, WhatIsSentBeforeTheEndpointIsKnownWaitsForIt) {
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(t.heard(0, 1));
  EXPECT_EQ(client.ear->opened.size(), 1u);
  ASSERT_TRUE(t.answer(0, "0", R"({"x":1})"));
  ASSERT_TRUE(client.heard(1));
  EXPECT_EQ(client.message(0).result.view(), R"({"x":1})");
}

TEST_F(SseClient, BothSidesAskAndTell) {
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/call")));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.owned[0]->channel().send(envelope_of(TestEndpoint::request("7", "roots/list"))));
  ASSERT_TRUE(t.say(0, "notifications/message"));
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.message(0).method, "roots/list");
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","id":7,"result":{"roots":[]}})"));
  ASSERT_TRUE(t.heard(0, 2));
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(client.heard(3));
}

TEST_F(SseClient, TheVersionTravelsAfterTheHandshake) {
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(t.heard(0, 1));
  client.channel->negotiated(protocol::Revision::k2025_06_18);
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(t.heard(0, 2));
  EXPECT_EQ(t.handler.heads.back().headers.get("MCP-Protocol-Version"), "2025-06-18");
  EXPECT_FALSE(t.handler.heads[1].headers.has("MCP-Protocol-Version"));
}

TEST_F(SseClient, NothingOvertakesInitialized) {
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/list")));
  ASSERT_TRUE(t.heard(0, 2));
  EXPECT_EQ(t.owned[0]->ear->messages[0].message.method, "notifications/initialized");
}

TEST_F(SseClient, TheEndOfTheStreamIsTheEndOfTheChannel) {
  ASSERT_TRUE(client.wait([&] { return !client.ear->opened.empty(); }));
  t.owned[0]->arrival.channel.reset();
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(client.ear->closed->code, ErrorCode::kUnavailable);
  EXPECT_EQ(client.send(TestEndpoint::request("1", "ping")).error().code, ErrorCode::kUnavailable);
}

TEST_F(SseClient, CloseEndsTheSessionOnTheServer) {
  ASSERT_TRUE(client.wait([&] { return !client.ear->opened.empty(); }));
  client.channel->close();
  ASSERT_TRUE(t.wait([&] { return t.endpoint.sessions() == 0; }));
  EXPECT_FALSE(client.ear->closed);
}

TEST_F(SseClient, ARefusedRequestFailsWithItsReason) {
  ASSERT_TRUE(client.wait([&] { return !client.ear->opened.empty(); }));
  t.handler.on_handle = [](http::ExchangePtr exchange) {
    http::Response response;
    response.status = 500;
    exchange->respond(std::move(response));
  };
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "ping")));
  ASSERT_TRUE(client.wait([&] { return !client.ear->ends.empty(); }));
  EXPECT_EQ(client.ear->ends[0].related, kOne);
  EXPECT_EQ(client.ear->ends[0].why.code, ErrorCode::kUnavailable);
  EXPECT_FALSE(client.ear->closed);
}

TEST_F(SseClient, A404SaysThatTheSessionIsGone) {
  ASSERT_TRUE(client.wait([&] { return !client.ear->opened.empty(); }));
  t.handler.on_handle = [](http::ExchangePtr exchange) { exchange->respond(session_not_found()); };
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "ping")));
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(client.ear->closed->code, ErrorCode::kNotFound);
}

// A server whose answer to the GET a test writes.
struct SseClientScripted : testing::Test {
  http::testing::TestServer server;
  std::vector<http::ExchangePtr> streams;
  HttpClientOptions options;

  void says(const std::string& text) {
    server.handler.on_handle = [this, text](http::ExchangePtr exchange) {
      if (exchange->request().head.method != "GET") return exchange->respond(accepted());
      exchange->open_stream(200, event_stream_headers());
      (void)exchange->write(Bytes::copy(text));
      streams.push_back(std::move(exchange));
    };
  }
  Error closed() {
    TestClient client(server.loop, server.port, options, make_http_sse_client_channel, "/sse");
    EXPECT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
    return client.ear->closed.value_or(Error{});
  }
};

TEST_F(SseClientScripted, AnEndpointOfAnotherOriginIsRefused) {
  says("event: endpoint\ndata: http://127.0.0.1:1/messages?sessionId=x\n\n");
  Error why = closed();
  EXPECT_EQ(why.code, ErrorCode::kProtocol);
  EXPECT_THAT(why.message, HasSubstr("another origin"));
  EXPECT_THAT(why.hint, HasSubstr("127.0.0.1:" + std::to_string(server.port)));
}

TEST_F(SseClientScripted, AnEndpointThatDoesNotComeIsATimeout) {
  options.endpoint_deadline = async::Millis(30);
  says(":\n\n");
  Error why = closed();
  EXPECT_EQ(why.code, ErrorCode::kTimeout);
  EXPECT_THAT(why.message, HasSubstr("30 ms"));
}

TEST_F(SseClientScripted, ASecondEndpointDoesNotMoveTheSession) {
  says("event: endpoint\ndata: /a?s=1\n\nevent: endpoint\ndata: /b?s=2\n\n");
  TestClient client(server.loop, server.port, options, make_http_sse_client_channel, "/sse");
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "ping")));
  ASSERT_TRUE(client.wait([&] { return server.handler.heads.size() == 2; }));
  EXPECT_EQ(server.handler.heads[1].target, "/a?s=1");
}

TEST_F(SseClientScripted, WhatIsNoStreamEndsTheChannelWithItsReason) {
  for (int status : {200, 401, 404, 500}) {
    server.handler.on_handle = [status](http::ExchangePtr exchange) {
      exchange->respond(json_answer(status, Bytes::copy("{}")));
    };
    ErrorCode expected = status == 200   ? ErrorCode::kProtocol
                         : status == 401 ? ErrorCode::kUnauthenticated
                         : status == 404 ? ErrorCode::kNotFound
                                         : ErrorCode::kUnavailable;
    EXPECT_EQ(closed().code, expected) << status;
  }
}

TEST_F(SseClientScripted, AnEventLongerThanTheLimitEndsTheChannel) {
  options.max_message_bytes = 100;
  says("data: " + std::string(200, 'x') + "\n\n");
  EXPECT_EQ(closed().code, ErrorCode::kLimit);
}

TEST_F(SseClientScripted, WhatIsNoMessageIsReportedAndLosesNothing) {
  says(
      "event: endpoint\ndata: /m\n\ndata: {\n\nevent: other\ndata: 1\n\ndata: "
      "{\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n");
  TestClient client(server.loop, server.port, options, make_http_sse_client_channel, "/sse");
  ASSERT_TRUE(client.heard(1));
  EXPECT_EQ(client.message(0).method, "n");
  EXPECT_EQ(client.ear->undecodable.size(), 1u);
}

// A remote whose transport nobody named.
TEST(LegacyRemote, AnAddressThatRefusesThePostIsTriedAsAStream) {
  TestEndpoint t;
  TestClient client(t.loop, t.port, {}, make_legacy_remote_channel, "/sse");
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.answer(0, "0"));
  ASSERT_TRUE(client.heard(1));
  EXPECT_EQ(client.message(0).kind, jsonrpc::Kind::kResult) << "the 405 is not passed on";
  client.channel->negotiated(protocol::Revision::k2024_11_05);
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "ping")));
  ASSERT_TRUE(t.heard(0, 2));
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(client.heard(2));
  t.owned[0]->arrival.channel.reset();
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
}

TEST(LegacyRemote, CanBeLetGoOfBeforeItIsStarted) {
  async::Loop loop;
  HttpClientOptions options;
  auto http = std::make_shared<http::Client>(loop);
  make_legacy_remote_channel(loop, http, options)->close();
  make_http_sse_client_channel(loop, http, options)->close();
}

TEST(LegacyRemote, StreamableHttpIsUsedWhereItIsSpoken) {
  TestEndpoint t;
  TestClient client(t.loop, t.port, {}, make_legacy_remote_channel, "/mcp");
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.answer(0, "0"));
  ASSERT_TRUE(client.heard(1));
  for (const auto& head : t.handler.heads) EXPECT_EQ(head.method, "POST");
  client.channel->close();
  ASSERT_TRUE(t.wait([&] { return t.endpoint.sessions() == 0; }));
}

struct LegacyRemoteRefused : SseClientScripted {
  TestClient* refused(int status, const std::string& body, int get_status = 404) {
    server.handler.on_handle = [=](http::ExchangePtr exchange) {
      bool get = exchange->request().head.method == "GET";
      exchange->respond(json_answer(get ? get_status : status, Bytes::copy(body)));
    };
    client =
        std::make_unique<TestClient>(server.loop, server.port, options, make_legacy_remote_channel, "/x");
    EXPECT_TRUE(client->send(TestEndpoint::request("1", "initialize")));
    EXPECT_TRUE(client->wait([&] { return client->ear->ends.size() + client->ear->messages.size() == 1; }));
    return client.get();
  }
  std::size_t gets() const {
    std::size_t count = 0;
    for (const auto& head : server.handler.heads) count += head.method == "GET" ? 1 : 0;
    return count;
  }
  std::unique_ptr<TestClient> client;
};

TEST_F(LegacyRemoteRefused, WhereThereIsNoStreamTheRefusalOfThePostCounts) {
  for (int status : {400, 404, 405}) {
    auto* one = refused(status, "not json");
    ASSERT_EQ(one->ear->ends.size(), 1u) << status;
    EXPECT_EQ(one->ear->ends[0].related, kOne);
    EXPECT_THAT(one->ear->ends[0].why.message, HasSubstr(std::to_string(status)));
    EXPECT_FALSE(one->ear->closed);
  }
  EXPECT_EQ(gets(), 3u);
  std::string error = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"why"}})";
  auto* one = refused(400, error);
  ASSERT_EQ(one->ear->messages.size(), 1u);
  EXPECT_THAT(one->ear->text(0), HasSubstr("why"));
}

TEST_F(LegacyRemoteRefused, OtherRefusalsAreNoReasonToTry) {
  for (int status : {401, 403, 500, 503}) refused(status, "no");
  EXPECT_EQ(gets(), 0u);
}

TEST_F(LegacyRemoteRefused, AnErrorAt200IsAnAnswer) {
  auto* one = refused(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"bad"}})");
  EXPECT_EQ(one->ear->messages.size(), 1u);
  EXPECT_EQ(gets(), 0u);
}

}  // namespace
}  // namespace mcp::transport
