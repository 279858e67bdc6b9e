// What the endpoint answers by itself, and how it tells the eras apart (protocol.md §2.5, §3.2, §7).
#include "internal/transport/http_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;
using testing::Not;
using Fields = TestEndpoint::Fields;

const std::string kPing = TestEndpoint::request("1", "ping");
const std::string kInitialize = TestEndpoint::request("0", "initialize", "{}");

std::string code(int value) { return "\"code\":" + std::to_string(value); }

Fields in_session(const std::string& id, const Fields& extra = {}) {
  Fields fields = {{"Mcp-Session-Id", id}};
  fields.insert(fields.end(), extra.begin(), extra.end());
  return fields;
}

TEST(EndpointPost, WrongContentTypeIs415) {
  TestEndpoint t;
  auto reply = t.ask("POST", {{"Content-Type", "text/plain"}, {"Accept", "*/*"}}, kInitialize);
  EXPECT_EQ(reply.status, 415);
  EXPECT_THAT(reply.body, HasSubstr(code(-32000)));
  EXPECT_THAT(reply.body, Not(HasSubstr("\"id\"")));
}

TEST(EndpointPost, AcceptWithoutEventStreamIs406) {
  TestEndpoint t;
  Fields fields = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  auto reply = t.ask("POST", fields, kInitialize);
  EXPECT_EQ(reply.status, 406);
  EXPECT_THAT(reply.body, HasSubstr(code(-32000)));
}

TEST(EndpointPost, AcceptOfEverythingIsEnough) {
  TestEndpoint t;
  auto peer = t.open("POST", {{"Content-Type", "application/json"}, {"Accept", "*/*"}}, kInitialize);
  EXPECT_TRUE(t.heard(0, 1));
}

TEST(EndpointPost, BadJsonIs400ParseErrorWithoutId) {
  TestEndpoint t;
  auto reply = t.post("{\"jsonrpc\":\"2.0\",");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32700)));
  EXPECT_THAT(reply.body, Not(HasSubstr("\"id\"")));
  EXPECT_EQ(reply.headers["content-type"], "application/json");
}

TEST(EndpointPost, NoJsonRpcMessageIs400InvalidRequestWithTheIdThatCouldBeRead) {
  TestEndpoint t;
  auto reply = t.post(R"({"jsonrpc":"1.0","id":"seven","method":"ping"})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32600)));
  EXPECT_THAT(reply.body, HasSubstr("\"id\":\"seven\""));
}

TEST(EndpointMethods, OthersAre405WithAllow) {
  TestEndpoint t;
  for (const char* method : {"PUT", "PATCH", "HEAD"}) {
    auto peer = t.open(method, {});
    ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
    EXPECT_THAT(peer->received(), HasSubstr("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(peer->received(), HasSubstr("Allow: GET, POST, DELETE")) << method;
  }
}

TEST(EndpointLegacy, InitializeOpensASessionWithAVisibleAsciiId) {
  TestEndpoint t;
  std::string id = t.open_session();
  ASSERT_GE(id.size(), 16u);
  for (char c : id) EXPECT_TRUE(c >= 0x21 && c <= 0x7e);
  EXPECT_EQ(t.endpoint.sessions(), 1u);
  EXPECT_EQ(t.owned[0]->arrival.era, protocol::Era::kLegacy);
  EXPECT_EQ(t.owned[0]->arrival.principal, "local");
  EXPECT_NE(t.open_session(), id);
}

TEST(EndpointLegacy, ARefusedInitializeLeavesNoSession) {
  TestEndpoint t;
  auto peer = t.open_post(kInitialize);
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.owned[0]->channel().send(
      envelope_of(R"({"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"no"}})")));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.headers.contains("mcp-session-id"));
  ASSERT_TRUE(t.wait([&] { return t.endpoint.sessions() == 0; }));
  EXPECT_TRUE(t.owned[0]->ear->closed);
}

TEST(EndpointLegacy, WithoutSessionIs400ThatNamesBothWaysIn) {
  TestEndpoint t;
  auto reply = t.post(kPing);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32000)));
  EXPECT_THAT(reply.body, HasSubstr("initialize"));
  EXPECT_THAT(reply.body, HasSubstr("2026-07-28"));
  EXPECT_EQ(t.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").status, 400);
  EXPECT_EQ(t.ask("GET", {{"Accept", "text/event-stream"}}).status, 400);
  EXPECT_EQ(t.ask("DELETE", {}).status, 400);
}

TEST(EndpointLegacy, UnknownSessionIs404) {
  TestEndpoint t;
  auto reply = t.post(kPing, in_session("nosuch"));
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(reply.body, HasSubstr(code(-32001)));
  EXPECT_THAT(reply.body, HasSubstr("Session not found"));
  EXPECT_EQ(t.ask("GET", in_session("nosuch", {{"Accept", "text/event-stream"}})).status, 404);
  EXPECT_EQ(t.ask("DELETE", in_session("nosuch")).status, 404);
}

TEST(EndpointLegacy, SessionBelongsToItsPrincipalAndItsRoute) {
  TestEndpoint t;
  t.principal = "alice";
  t.route = "files";
  std::string id = t.open_session();
  t.principal = "bob";
  EXPECT_EQ(t.post(kPing, in_session(id)).status, 404);
  EXPECT_EQ(t.ask("DELETE", in_session(id)).status, 404);
  t.principal = "alice";
  t.route = "";
  EXPECT_EQ(t.post(kPing, in_session(id)).status, 404);
  t.route = "files";
  EXPECT_EQ(t.ask("DELETE", in_session(id)).status, 200);
}

TEST(EndpointLegacy, DeleteEndsTheSessionAnd404Follows) {
  TestEndpoint t;
  std::string id = t.open_session();
  EXPECT_EQ(t.ask("DELETE", in_session(id)).status, 200);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_TRUE(t.owned[0]->ear->closed);
  EXPECT_EQ(t.post(kPing, in_session(id)).status, 404);
  EXPECT_EQ(t.ask("DELETE", in_session(id)).status, 404);
}

TEST(EndpointLegacy, NotificationsAndResponsesAre202WithoutBody) {
  TestEndpoint t;
  std::string id = t.open_session();
  auto reply = t.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", in_session(id));
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "");
  reply = t.post(R"({"jsonrpc":"2.0","id":"q1","result":{}})", in_session(id));
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "");
  ASSERT_EQ(t.owned[0]->ear->messages.size(), 3u);
  EXPECT_EQ(t.owned[0]->ear->messages[2].message.kind, jsonrpc::Kind::kResult);
}

TEST(EndpointLegacy, VersionHeader) {
  TestEndpoint t;
  std::string id = t.open_session();
  std::string note = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  for (const char* bad : {"1999-01-01", "2024-10-07", "nonsense", "2025-13-99"}) {
    auto reply = t.post(kPing, in_session(id, {{"MCP-Protocol-Version", bad}}));
    EXPECT_EQ(reply.status, 400) << bad;
    EXPECT_THAT(reply.body, HasSubstr(code(-32000)));
    EXPECT_THAT(reply.body, HasSubstr("2025-11-25")) << "names what is supported";
  }
  for (const char* good : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    EXPECT_EQ(t.post(note, in_session(id, {{"MCP-Protocol-Version", good}})).status, 202) << good;
  }
  EXPECT_EQ(t.post(note, in_session(id)).status, 202) << "absent: known from the session";
}

TEST(EndpointLegacy, AnIdThatIsStillRunningIs400) {
  TestEndpoint t;
  std::string id = t.open_session();
  auto first = t.open_post(kPing, in_session(id));
  ASSERT_TRUE(t.heard(0, 2));
  auto second = t.post(kPing, in_session(id));
  EXPECT_EQ(second.status, 400);
  EXPECT_THAT(second.body, HasSubstr(code(-32600)));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*first).status, 200) << "the first one is not harmed";
}

TEST(EndpointLegacy, OneRequestOverTheLimitOfASessionIs429) {
  HttpEndpointOptions options;
  options.promote_to_sse = kPatience;
  TestEndpoint t(options);
  std::string id = t.open_session();
  std::vector<std::unique_ptr<http::testing::TestPeer>> peers;
  for (int i = 1; i <= 1024; ++i) {
    peers.push_back(t.open_post(TestEndpoint::request(std::to_string(i), "ping"), in_session(id)));
    ASSERT_TRUE(t.heard(0, static_cast<std::size_t>(i) + 1));
  }
  EXPECT_EQ(t.endpoint.in_flight(), 1024u);
  auto reply = t.post(TestEndpoint::request("1025", "ping"), in_session(id));
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(reply.headers.contains("retry-after"));
}

TEST(EndpointLegacy, LettingGoOfTheChannelEndsTheSession) {
  TestEndpoint t;
  std::string id = t.open_session();
  auto waiting = t.open_post(kPing, in_session(id));
  ASSERT_TRUE(t.heard(0, 2));
  t.owned[0]->arrival.channel.reset();
  EXPECT_EQ(t.reply_of(*waiting).status, 404);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST(EndpointLegacy, GetWithoutEventStreamInAcceptIs406) {
  TestEndpoint t;
  std::string id = t.open_session();
  EXPECT_EQ(t.ask("GET", in_session(id, {{"Accept", "application/json"}})).status, 406);
  EXPECT_EQ(t.ask("GET", in_session(id)).status, 406);
}

TEST(EndpointBatch, IsRefusedAndTheKeyIsNamed) {
  TestEndpoint t;
  std::string id = t.open_session(protocol::Revision::k2025_03_26);
  auto reply = t.post("[" + kPing + "]", in_session(id, {{"MCP-Protocol-Version", "2025-03-26"}}));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32600)));
  EXPECT_THAT(reply.body, HasSubstr("batch = true"));
}

struct EndpointBatchAccepted : testing::Test {
  static HttpEndpointOptions options() {
    HttpEndpointOptions o;
    o.accept_batches = true;
    o.max_batch = 4;
    o.promote_to_sse = kPatience;
    return o;
  }
  TestEndpoint t{options()};
};

TEST_F(EndpointBatchAccepted, OnlyInSessionsOf20250326) {
  std::string id = t.open_session(protocol::Revision::k2025_06_18);
  EXPECT_EQ(t.post("[" + kPing + "]", in_session(id)).status, 400);
  EXPECT_EQ(t.post("[" + kInitialize + "]").status, 400);
}

TEST_F(EndpointBatchAccepted, RequestsAreAnsweredInOneArray) {
  std::string id = t.open_session(protocol::Revision::k2025_03_26);
  auto peer = t.open_post("[" + kPing + "," + TestEndpoint::request("2", "ping") +
                              R"(,{"jsonrpc":"2.0","method":"notifications/x"},{"no":1}])",
                          in_session(id));
  ASSERT_TRUE(t.heard(0, 4));
  ASSERT_TRUE(t.answer(0, "2"));
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers["content-type"], "application/json");
  EXPECT_EQ(reply.body.front(), '[');
  EXPECT_THAT(reply.body, HasSubstr("\"id\":1,"));
  EXPECT_THAT(reply.body, HasSubstr("\"id\":2,"));
  EXPECT_THAT(reply.body, HasSubstr(code(-32600))) << "one bad member does not spoil the others";
}

TEST_F(EndpointBatchAccepted, NotificationsOnlyAre202) {
  std::string id = t.open_session(protocol::Revision::k2025_03_26);
  auto reply = t.post(R"([{"jsonrpc":"2.0","method":"notifications/initialized"}])", in_session(id));
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(t.owned[0]->ear->messages.size(), 2u);
}

TEST_F(EndpointBatchAccepted, ANotificationOfOneCallMakesItAStreamOfAll) {
  std::string id = t.open_session(protocol::Revision::k2025_03_26);
  auto peer = t.open_post("[" + kPing + "," + TestEndpoint::request("2", "ping") + "]", in_session(id));
  ASSERT_TRUE(t.heard(0, 3));
  ASSERT_TRUE(t.answer(0, "2"));
  ASSERT_TRUE(t.say(0, "notifications/progress", jsonrpc::Id::number(1)));
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.headers["content-type"], "text/event-stream");
  EXPECT_THAT(reply.body, HasSubstr("\"id\":1,"));
  EXPECT_THAT(reply.body, HasSubstr("\"id\":2,"));
}

TEST_F(EndpointBatchAccepted, OneMemberTooManyIs400) {
  std::string id = t.open_session(protocol::Revision::k2025_03_26);
  std::string note = R"({"jsonrpc":"2.0","method":"n"})";
  EXPECT_EQ(t.post("[" + note + "," + note + "," + note + "," + note + "]", in_session(id)).status, 202);
  auto reply = t.post("[" + note + "," + note + "," + note + "," + note + "," + note + "]", in_session(id));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(code(-32600)));
  EXPECT_EQ(t.post("[]", in_session(id)).status, 400);
}

TEST(EndpointDrain, RefusesNewSessionsAndLetsCallsFinish) {
  TestEndpoint t;
  std::string id = t.open_session();
  auto waiting = t.open_post(kPing, in_session(id));
  ASSERT_TRUE(t.heard(0, 2));
  t.endpoint.drain();
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
  EXPECT_EQ(t.post(kInitialize).status, 503);
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*waiting).status, 200);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST(EndpointDrain, TakesAnswersOfOpenSessions) {
  TestEndpoint t;
  std::string id = t.open_session();
  t.endpoint.drain();
  EXPECT_EQ(t.post(R"({"jsonrpc":"2.0","id":5,"result":{}})", in_session(id)).status, 202);
}

TEST(EndpointConfigure, AppliesToOpenSessionsToo) {
  TestEndpoint t;
  std::string id = t.open_session();
  HttpEndpointOptions options;
  options.max_sessions = 1;
  options.session_idle = async::Millis(10);
  options.handshake_idle = async::Millis(10);
  t.endpoint.configure(options);
  EXPECT_EQ(t.post(kInitialize).status, 503) << "the limit counts who is inside";
  EXPECT_TRUE(t.wait([&] { return t.endpoint.sessions() == 0; })) << "the idle session ends";
}

TEST(EndpointPrincipals, OnlyTheSessionsAndRequestsOfWhoIsGoneEnd) {
  TestEndpoint t;
  t.principal = "alice";
  std::string alice = t.open_session();
  auto running = t.open_post(TestEndpoint::request("7", "tools/list", TestEndpoint::modern_params()),
                             TestEndpoint::modern_fields("tools/list"));
  ASSERT_TRUE(t.heard(1, 1));
  t.principal = "bob";
  std::string bob = t.open_session();
  t.endpoint.end_principals([](const std::string& principal) { return principal == "bob"; });
  EXPECT_EQ(t.endpoint.sessions(), 1u);
  EXPECT_EQ(t.reply_of(*running).status, 503);
  EXPECT_TRUE(t.owned[0]->ear->closed && t.owned[1]->ear->closed);
  EXPECT_FALSE(t.owned[2]->ear->closed);
}

TEST(EndpointClose, EndsSessionsAndTellsTheirOwners) {
  TestEndpoint t;
  t.open_session();
  t.endpoint.close();
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_TRUE(t.owned[0]->ear->closed);
}

}  // namespace
}  // namespace mcp::transport
