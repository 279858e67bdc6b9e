// 2026-07-28 over HTTP (protocol.md §2.4 - §2.6, §7).
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;
using testing::Not;
using Fields = TestEndpoint::Fields;

std::string code(int value) { return "\"code\":" + std::to_string(value); }

struct EndpointModern : testing::Test {
  static HttpEndpointOptions options() {
    HttpEndpointOptions o;
    o.max_modern_requests = 2;
    return o;
  }
  TestEndpoint t{options()};

  static std::string list(const std::string& version = "2026-07-28") {
    return TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params(version));
  }
  static Fields fields(const std::string& method = "tools/list", const std::string& version = "2026-07-28") {
    return {{"MCP-Protocol-Version", version}, {"Mcp-Method", method}};
  }
};

TEST_F(EndpointModern, ARequestIsAChannelOfItsOwn) {
  t.principal = "alice";
  auto peer = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(0, 1));
  EXPECT_EQ(t.owned[0]->arrival.era, protocol::Era::kModern);
  EXPECT_EQ(t.owned[0]->arrival.principal, "alice");
  EXPECT_EQ(t.owned[0]->ear->text(0), list()) << "byte for byte";
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers["content-type"], "application/json");
  EXPECT_FALSE(reply.headers.contains("mcp-session-id"));
  EXPECT_FALSE(t.owned[0]->ear->closed) << "over quietly";
  EXPECT_EQ(t.answer(0, "1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
}

TEST_F(EndpointModern, SessionAndLastEventIdHeadersAreIgnored) {
  Fields f = fields();
  f.emplace_back("Mcp-Session-Id", "stale");
  f.emplace_back("Last-Event-ID", "1-1");
  auto peer = t.open_post(list(), f);
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*peer).status, 200);
}

TEST_F(EndpointModern, MissingMethodHeaderIs400HeaderMismatch) {
  auto reply = t.post(list(), {{"MCP-Protocol-Version", "2026-07-28"}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32020)));
  EXPECT_THAT(reply.body, HasSubstr("\"id\":1"));
}

TEST_F(EndpointModern, MethodHeaderValuesAreCaseSensitive) {
  EXPECT_EQ(t.post(list(), fields("TOOLS/LIST")).status, 400);
  auto peer = t.open_post(list(), {{"mcp-protocol-version", "2026-07-28"}, {"MCP-METHOD", "tools/list"}});
  EXPECT_TRUE(t.heard(0, 1)) << "names are not";
}

TEST_F(EndpointModern, NameHeaderMustSayWhatTheBodySays) {
  std::string meta = TestEndpoint::modern_params();
  std::string body = TestEndpoint::request("1", "tools/call", "{\"name\":\"héllo\"," + meta.substr(1));
  Fields f = fields("tools/call");
  EXPECT_THAT(t.post(body, f).body, HasSubstr(code(-32020))) << "missing";
  Fields wrong = f, right = f, broken = f;
  wrong.emplace_back("Mcp-Name", "other");
  broken.emplace_back("Mcp-Name", "=?base64?!!?=");
  right.emplace_back("Mcp-Name", "=?base64?aMOpbGxv?=");
  EXPECT_THAT(t.post(body, wrong).body, HasSubstr(code(-32020)));
  EXPECT_THAT(t.post(body, broken).body, HasSubstr(code(-32020)));
  auto peer = t.open_post(body, right);
  EXPECT_TRUE(t.heard(0, 1)) << "base64 is decoded before comparing";
}

TEST_F(EndpointModern, MissingVersionHeaderIs400HeaderMismatch) {
  auto reply = t.post(list(), {{"Mcp-Method", "tools/list"}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32020)));
}

TEST_F(EndpointModern, VersionsThatDifferAre400HeaderMismatch) {
  auto reply = t.post(list("2030-01-01"), fields());
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32020)));
}

TEST_F(EndpointModern, AnUnknownVersionIs400WithWhatIsSupported) {
  auto reply = t.post(list("2030-01-01"), fields("tools/list", "2030-01-01"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32022)));
  EXPECT_THAT(reply.body, HasSubstr("2026-07-28"));
  EXPECT_THAT(reply.body, HasSubstr("\"requested\":\"2030-01-01\""));
}

TEST_F(EndpointModern, MissingMetaIs400InvalidParams) {
  auto reply = t.post(TestEndpoint::request("1", "tools/list"), fields());
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32602)));
}

TEST_F(EndpointModern, DiscoverWithoutMetaIs400InvalidParams) {
  auto reply = t.post(TestEndpoint::request("1", "server/discover", "{}"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32602)));
}

TEST_F(EndpointModern, HalfAnEnvelopeIsToldWhatIsMissing) {
  auto reply = t.post(TestEndpoint::request(
      "1", "tools/list", R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}})"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32602)));
  EXPECT_THAT(reply.body, HasSubstr("protocolVersion"));
}

TEST_F(EndpointModern, BatchIs400InvalidRequest) {
  auto reply = t.post("[" + list() + "]", fields());
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32600)));
}

TEST_F(EndpointModern, AResponseIs400) {
  auto reply = t.post(R"({"jsonrpc":"2.0","id":1,"result":{}})", fields());
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32600)));
}

TEST_F(EndpointModern, ANotificationIs202) {
  auto reply = t.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
                      {{"MCP-Protocol-Version", "2026-07-28"}});
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "");
  EXPECT_TRUE(t.owned.empty());
}

TEST_F(EndpointModern, GetAndDeleteAre405) {
  Fields f = {{"MCP-Protocol-Version", "2026-07-28"}, {"Accept", "text/event-stream"}};
  auto reply = t.ask("GET", f);
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers["allow"], "POST");
  EXPECT_EQ(t.ask("DELETE", f).status, 405);
}

TEST_F(EndpointModern, AnErrorAnswerBringsItsStatus) {
  auto peer = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(0, 1));
  Envelope envelope = envelope_of(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}})");
  envelope.http_status = 404;
  ASSERT_TRUE(t.owned[0]->channel().send(std::move(envelope)));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(reply.body, HasSubstr(code(-32601)));
}

TEST_F(EndpointModern, NotificationsOfTheRequestMakeAStreamWithoutIds) {
  auto peer = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.say(0, "notifications/progress", jsonrpc::Id::number(1)));
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.headers["content-type"], "text/event-stream");
  EXPECT_EQ(reply.headers["x-accel-buffering"], "no");
  EXPECT_THAT(reply.body, HasSubstr("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n"));
  EXPECT_THAT(reply.body, HasSubstr("\"result\""));
  EXPECT_THAT(reply.body, Not(HasSubstr("id: ")));
}

TEST_F(EndpointModern, QuestionsAndUnrelatedMessagesHaveNoStream) {
  auto peer = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(0, 1));
  EXPECT_EQ(t.say(0, "notifications/tools/list_changed").error().code, ErrorCode::kUnsupported);
  Envelope question = envelope_of(R"({"jsonrpc":"2.0","id":9,"method":"roots/list"})");
  question.related = jsonrpc::Id::number(1);
  EXPECT_EQ(t.owned[0]->channel().send(std::move(question)).error().code, ErrorCode::kUnsupported);
}

TEST_F(EndpointModern, ClosingTheConnectionCancels) {
  for (bool as_stream : {false, true}) {
    auto peer = t.open_post(list(), fields());
    std::size_t client = as_stream ? 1 : 0;
    ASSERT_TRUE(t.heard(client, 1));
    if (as_stream) {
      ASSERT_TRUE(t.say(client, "n", jsonrpc::Id::number(1)));
      ASSERT_TRUE(peer->wait_for("\"n\""));
    }
    peer->reset();
    auto& ear = *t.owned[client]->ear;
    ASSERT_TRUE(t.wait([&] { return ear.closed.has_value(); }));
    ASSERT_EQ(ear.ends.size(), 1u);
    EXPECT_EQ(ear.ends[0].related, jsonrpc::Id::number(1));
    EXPECT_EQ(ear.ends[0].by, ClosedBy::kPeer);
    EXPECT_EQ(ear.ends[0].why.code, ErrorCode::kCancelled);
    EXPECT_EQ(t.answer(client, "1").error().code, ErrorCode::kUnavailable) << "nothing more is sent";
    EXPECT_EQ(t.endpoint.in_flight(), 0u);
  }
}

TEST_F(EndpointModern, OneRequestTooManyIs503WithRetryAfter) {
  auto one = t.open_post(list(), fields()), two = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(1, 1));
  ASSERT_TRUE(t.heard(0, 1));
  auto reply = t.post(list(), fields());
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers["retry-after"], "1");
  ASSERT_TRUE(t.answer(0, "1"));
  auto three = t.open_post(list(), fields());
  EXPECT_TRUE(t.heard(2, 1)) << "room again";
}

TEST_F(EndpointModern, ListenIsNoCallInFlight) {
  auto peer = t.open_post(TestEndpoint::request("1", "subscriptions/listen", TestEndpoint::modern_params()),
                          fields("subscriptions/listen"));
  ASSERT_TRUE(t.heard(0, 1));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  auto call = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(1, 1));
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
}

TEST_F(EndpointModern, ASlowAnswerIsKeptAliveAsAStream) {
  HttpEndpointOptions o;
  o.heartbeat = async::Millis(20);
  TestEndpoint slow(o);
  auto peer = slow.open_post(list(), fields());
  ASSERT_TRUE(peer->wait_for("text/event-stream"));
  ASSERT_TRUE(peer->wait_for("\r\n: "));
  ASSERT_TRUE(slow.answer(0, "1"));
  EXPECT_TRUE(peer->wait_for("\"result\""));
}

TEST_F(EndpointModern, AnOldSubscriptionIsToldOfItsEndACallIsNot) {
  HttpEndpointOptions o;
  o.max_stream = async::Millis(40);
  std::set<std::string> ended;
  o.ended = [&](std::string_view limit) { ended.emplace(limit); };
  TestEndpoint limited(o);
  auto listening =
      limited.open_post(TestEndpoint::request("1", "subscriptions/listen", TestEndpoint::modern_params()),
                        fields("subscriptions/listen"));
  ASSERT_TRUE(limited.heard(0, 1));
  auto calling = limited.open_post(list(), fields());
  ASSERT_TRUE(limited.heard(1, 1));
  limited.owned[0]->ear->at_end = [&] { (void)limited.answer(0, "1", R"({"closing":true})"); };
  EXPECT_TRUE(listening->wait_for("closing"));
  EXPECT_EQ(ended, std::set<std::string>{"max_stream"});
  EXPECT_EQ(limited.owned[1]->ear->endings, 0);
}

TEST_F(EndpointModern, ARequestThatIsNotTakenIs503) {
  t.accepting = false;
  EXPECT_EQ(t.post(list(), fields()).status, 503);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST_F(EndpointModern, CloseTellsTheOwner) {
  auto peer = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(0, 1));
  t.endpoint.close();
  EXPECT_TRUE(t.owned[0]->ear->closed);
  EXPECT_EQ(t.reply_of(*peer).status, 503);
}

TEST_F(EndpointModern, BothErasLiveOnOneUrl) {
  std::string session = t.open_session();
  auto modern = t.open_post(list(), fields());
  ASSERT_TRUE(t.heard(1, 1));
  auto legacy = t.open_post(TestEndpoint::request("1", "tools/list"), {{"Mcp-Session-Id", session}});
  ASSERT_TRUE(t.heard(0, 2));
  ASSERT_TRUE(t.answer(1, "1"));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*modern).status, 200);
  EXPECT_EQ(t.reply_of(*legacy).status, 200);
}

TEST(EndpointDrain, AnOpenSubscriptionIsToldOfTheEnd) {
  TestEndpoint t;
  auto listening =
      t.open_post(TestEndpoint::request("1", "subscriptions/listen", TestEndpoint::modern_params()),
                  TestEndpoint::modern_fields("subscriptions/listen"));
  auto calling = t.open_post(TestEndpoint::request("2", "tools/list", TestEndpoint::modern_params()),
                             TestEndpoint::modern_fields("tools/list"));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.heard(1, 1));
  ASSERT_TRUE(t.say(0, "acknowledged", jsonrpc::Id::number(1)));
  t.owned[0]->ear->at_end = [&] { (void)t.answer(0, "1", R"({"closing":true})"); };
  t.endpoint.drain();
  EXPECT_EQ(t.owned[1]->ear->endings, 0) << "a call goes on";
  auto reply = t.reply_of(*listening);
  EXPECT_TRUE(reply.body.find("closing") != std::string::npos) << reply.body;
  ASSERT_TRUE(t.answer(1, "2"));
  EXPECT_EQ(t.reply_of(*calling).status, 200);
}

}  // namespace
}  // namespace mcp::transport
