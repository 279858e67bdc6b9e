// The client's channel against our own endpoint: what both make of each other.
#include "internal/transport/http_client_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_client.h"
#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using protocol::Era;
using protocol::Revision;
using testing::HasSubstr;

const jsonrpc::Id kOne = jsonrpc::Id::number(1);

HttpClientOptions client_options(Era era = Era::kLegacy) {
  HttpClientOptions o;
  o.era = era;
  o.retry = async::Millis(5);
  return o;
}

HttpEndpointOptions endpoint_options() {
  HttpEndpointOptions o;
  o.promote_to_sse = kPatience;
  o.retry = async::Millis(5);
  return o;
}

struct HttpClientLegacy : testing::Test {
  TestEndpoint t{endpoint_options()};
  TestClient client{t.loop, t.port, client_options()};

  TestListener& server_ear() { return *t.owned.at(0)->ear; }
  void handshake() {
    ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize", "{}")));
    ASSERT_TRUE(t.heard(0, 1));
    t.owned[0]->channel().negotiated(Revision::k2025_11_25);
    ASSERT_TRUE(t.answer(0, "0"));
    ASSERT_TRUE(client.heard(1));
    client.channel->negotiated(Revision::k2025_11_25);
    ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
    ASSERT_TRUE(t.heard(0, 2));
    // The GET stream has been opened when the listener heard so.
    ASSERT_TRUE(client.wait([&] { return !client.ear->opened.empty(); }));
    ASSERT_FALSE(client.ear->opened[0]);
  }
  void call() {
    ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/call")));
    ASSERT_TRUE(t.heard(0, 3));
  }
  // The request heads that the server saw, from the nth on.
  const http::RequestHead& last_head(const std::string& method) {
    const http::RequestHead* found = nullptr;
    for (const auto& head : t.handler.heads) {
      if (head.method == method) found = &head;
    }
    if (found == nullptr) throw std::runtime_error("no " + method);
    return *found;
  }
};

TEST_F(HttpClientLegacy, SessionAndVersionTravelAfterTheHandshake) {
  handshake();
  EXPECT_FALSE(t.handler.heads[0].headers.has("MCP-Protocol-Version")) << "not with initialize";
  EXPECT_EQ(t.handler.heads[0].headers.get("Accept"), "application/json, text/event-stream");
  for (std::size_t i = 1; i < t.handler.heads.size(); ++i) {
    EXPECT_EQ(t.handler.heads[i].headers.get("MCP-Protocol-Version"), "2025-11-25");
    EXPECT_EQ(t.handler.heads[i].headers.get("Mcp-Session-Id").size(), 32u);
  }
  call();
  ASSERT_TRUE(t.answer(0, "1", "{\"x\":1}"));
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.message(1).result.view(), "{\"x\":1}");
  EXPECT_TRUE(client.ear->ends.empty());
}

TEST_F(HttpClientLegacy, NothingOvertakesInitialized) {
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize", "{}")));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.answer(0, "0"));
  ASSERT_TRUE(client.heard(1));
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(client.send(TestEndpoint::request(std::to_string(i), "ping")));
  ASSERT_TRUE(t.heard(0, 12));
  EXPECT_EQ(server_ear().messages[1].message.method, "notifications/initialized");
}

TEST_F(HttpClientLegacy, StreamedNotificationsAndQuestionsNameTheirRequest) {
  handshake();
  call();
  ASSERT_TRUE(t.say(0, "notifications/progress", kOne));
  Envelope question = envelope_of(R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
  question.related = kOne;
  ASSERT_TRUE(t.owned[0]->channel().send(std::move(question)));
  ASSERT_TRUE(client.heard(3));
  EXPECT_EQ(client.ear->messages[1].related, kOne);
  EXPECT_EQ(client.ear->messages[2].related, kOne);
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})"));
  ASSERT_TRUE(t.heard(0, 4));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_TRUE(client.heard(4));
}

TEST_F(HttpClientLegacy, TheGetStreamBringsWhatBelongsToNoRequest) {
  handshake();
  ASSERT_TRUE(t.say(0, "notifications/tools/list_changed"));
  ASSERT_TRUE(client.heard(2));
  EXPECT_FALSE(client.ear->messages[1].related);
}

TEST_F(HttpClientLegacy, AStreamThatTheServerClosedIsPolledForTheResponse) {
  handshake();
  call();
  t.owned[0]->channel().close_stream(kOne);
  ASSERT_TRUE(t.say(0, "meanwhile", kOne));
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.ear->messages[1].related, kOne);
  EXPECT_EQ(last_head("GET").headers.get("Last-Event-ID"), "1-1");
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(client.heard(3));
  EXPECT_TRUE(client.ear->ends.empty());
}

TEST_F(HttpClientLegacy, AGetStreamThatIsCutIsResumed) {
  handshake();
  ASSERT_TRUE(t.say(0, "one"));
  ASSERT_TRUE(client.heard(2));
  // Another GET takes the general stream over and leaves at once: ours ends, comes back, and misses nothing.
  std::string session(last_head("GET").headers.get("Mcp-Session-Id"));
  auto rival = t.open("GET", {{"Mcp-Session-Id", session}, {"Accept", "text/event-stream"}});
  ASSERT_TRUE(rival->wait_for("id: 0-3"));
  rival->reset();
  ASSERT_TRUE(client.wait([&] { return last_head("GET").headers.get("Last-Event-ID") == "0-2"; }));
  ASSERT_TRUE(t.say(0, "two"));
  ASSERT_TRUE(client.heard(3));
  EXPECT_EQ(client.message(2).method, "two");
}

TEST_F(HttpClientLegacy, CloseEndsTheSessionOnTheServer) {
  handshake();
  client.channel->close();
  ASSERT_TRUE(t.wait([&] { return t.endpoint.sessions() == 0; }));
  EXPECT_FALSE(client.ear->closed);
}

TEST_F(HttpClientLegacy, ACancelledRequestIsNotPolledFor) {
  handshake();
  call();
  ASSERT_TRUE(t.say(0, "n", kOne));
  ASSERT_TRUE(client.heard(2));
  ASSERT_TRUE(
      client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"));
  ASSERT_TRUE(t.heard(0, 4));
  ASSERT_TRUE(client.send(TestEndpoint::request("2", "ping")));
  ASSERT_TRUE(t.heard(0, 5));
  ASSERT_TRUE(t.answer(0, "2"));
  ASSERT_TRUE(client.heard(3));
  EXPECT_FALSE(client.channel->abandon_cancels());
}

struct HttpClientModern : testing::Test {
  TestEndpoint t{endpoint_options()};
  TestClient client{t.loop, t.port, client_options(Era::kModern)};

  void call(const std::string& id = "1") {
    std::size_t client_number = t.owned.size();
    Envelope envelope = envelope_of(TestEndpoint::request(id, "tools/list", TestEndpoint::modern_params()));
    for (auto& [name, value] : TestEndpoint::modern_fields("tools/list")) envelope.headers.add(name, value);
    ASSERT_TRUE(client.channel->send(std::move(envelope)));
    ASSERT_TRUE(t.heard(client_number, 1));
  }
};

TEST_F(HttpClientModern, AJsonAnswerArrives) {
  call();
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(client.heard(1));
  EXPECT_EQ(client.message(0).id, kOne);
  EXPECT_EQ(t.handler.heads.size(), 1u) << "no GET, no DELETE";
}

TEST_F(HttpClientModern, AStreamedAnswerArrivesWithWhatCameBefore) {
  call();
  ASSERT_TRUE(t.say(0, "notifications/progress", kOne));
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.ear->messages[0].related, kOne);
  EXPECT_EQ(client.message(1).kind, jsonrpc::Kind::kResult);
  ASSERT_EQ(client.ear->opened.size(), 1u);
  EXPECT_EQ(client.ear->opened[0], kOne);
}

TEST_F(HttpClientModern, AbandonCancelsAtTheServer) {
  EXPECT_TRUE(client.channel->abandon_cancels());
  for (bool as_stream : {false, true}) {
    std::size_t number = as_stream ? 1 : 0;
    call();
    if (as_stream) {
      ASSERT_TRUE(t.say(1, "n", kOne));
      ASSERT_TRUE(client.heard(1));
    }
    client.channel->abandon(kOne);
    ASSERT_TRUE(t.wait([&] { return t.owned[number]->ear->closed.has_value(); }));
    EXPECT_EQ(t.owned[number]->ear->closed->code, ErrorCode::kCancelled);
  }
  EXPECT_TRUE(client.ear->ends.empty()) << "one's own doing is not reported";
}

TEST_F(HttpClientModern, AnAbandonedRequestThatWasNotSentYetIsNeverSent) {
  ASSERT_TRUE(client.send(TestEndpoint::request("7", "tools/list", TestEndpoint::modern_params())));
  client.channel->abandon(jsonrpc::Id::number(7));
  call("8");
  EXPECT_EQ(t.handler.heads.size(), 1u);
}

TEST_F(HttpClientModern, AnErrorWithAStatusIsStillAMessage) {
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params())));
  ASSERT_TRUE(client.heard(1)) << "400 -32020: the headers are missing";
  EXPECT_EQ(client.message(0).id, kOne);
  EXPECT_THAT(std::string(client.message(0).error.view()), HasSubstr("-32020"));
  EXPECT_EQ(client.ear->statuses, std::vector<int>{400});
}

TEST_F(HttpClientModern, LettingGoOfTheChannelCancelsWhatRuns) {
  call();
  client.channel.reset();
  ASSERT_TRUE(t.wait([&] { return t.owned[0]->ear->closed.has_value(); }));
}

}  // namespace
}  // namespace mcp::transport
