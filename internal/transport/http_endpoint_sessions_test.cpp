// How sessions of Streamable HTTP are bounded and end: caps, idleness, clients that are gone.
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using Fields = TestEndpoint::Fields;

const std::string kPing = TestEndpoint::request("1", "ping");
const std::string kInitialize = TestEndpoint::request("0", "initialize", "{}");

Fields in_session(const std::string& id, const Fields& extra = {}) {
  Fields fields = {{"Mcp-Session-Id", id}};
  fields.insert(fields.end(), extra.begin(), extra.end());
  return fields;
}

TEST(EndpointLegacy, OneSessionTooManyIs503WithRetryAfter) {
  HttpEndpointOptions options;
  options.max_sessions = 2;
  TestEndpoint t(options);
  std::string first = t.open_session();
  t.open_session();
  auto reply = t.post(kInitialize);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers["retry-after"], "1");
  EXPECT_EQ(t.ask("DELETE", in_session(first)).status, 200);
  EXPECT_NE(t.open_session(), "") << "room again";
}

TEST(EndpointLegacy, AnIdleSessionEndsButNotOneWithAnOpenStream) {
  HttpEndpointOptions options;
  options.session_idle = async::Millis(40);
  std::vector<std::string> ended;
  options.ended = [&](std::string_view limit) { ended.emplace_back(limit); };
  TestEndpoint t(options);
  std::string kept = t.open_session();
  auto stream = t.open("GET", in_session(kept, {{"Accept", "text/event-stream"}}));
  ASSERT_TRUE(stream->wait_for("200 OK"));
  t.open_session();
  ASSERT_TRUE(t.wait([&] { return t.owned[1]->ear->closed.has_value(); }));
  EXPECT_EQ(t.owned[1]->ear->closed->code, ErrorCode::kTimeout);
  EXPECT_EQ(t.endpoint.sessions(), 1u);
  EXPECT_FALSE(t.owned[0]->ear->closed);
  EXPECT_EQ(ended, std::vector<std::string>{"handshake_idle"});
}

// A connection whose client vanished looks like an open one.
TEST(EndpointLegacy, AHalfOpenGetStreamDoesNotKeepASession) {
  HttpEndpointOptions options;
  options.session_idle = async::Millis(40);
  options.answer_grace = async::Millis(20);
  std::vector<std::string> ended;
  options.ended = [&](std::string_view limit) { ended.emplace_back(limit); };
  TestEndpoint t(options);
  std::string id = t.open_session();
  auto stream = t.open("GET", in_session(id, {{"Accept", "text/event-stream"}}));
  ASSERT_TRUE(stream->wait_for("\"method\":\"ping\""));
  ASSERT_TRUE(t.wait([&] { return t.owned[0]->ear->closed.has_value(); }));
  EXPECT_EQ(t.owned[0]->ear->closed->code, ErrorCode::kTimeout);
  EXPECT_EQ(t.endpoint.sessions(), 0u);
  EXPECT_EQ(ended, std::vector<std::string>{"session_idle"});
}

TEST(EndpointLegacy, AHalfOpenCallDoesNotKeepASession) {
  HttpEndpointOptions options;
  options.session_idle = async::Millis(40);
  options.answer_grace = async::Millis(20);
  options.promote_to_sse = async::Millis(5);
  TestEndpoint t(options);
  std::string id = t.open_session();
  auto call = t.open_post(kPing, in_session(id));
  ASSERT_TRUE(call->wait_for("mcp-alive-1"));
  ASSERT_TRUE(t.wait([&] { return t.owned[0]->ear->closed.has_value(); }));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

TEST(EndpointLegacy, AClientThatAnswersAPingKeepsItsSession) {
  HttpEndpointOptions options;
  options.session_idle = async::Millis(40);
  options.answer_grace = kPatience;
  TestEndpoint t(options);
  std::string id = t.open_session();
  auto stream = t.open("GET", in_session(id, {{"Accept", "text/event-stream"}}));
  std::size_t heard = t.owned[0]->ear->messages.size();
  for (int round = 1; round <= 3; ++round) {
    std::string question = "\"mcp-alive-" + std::to_string(round) + "\"";
    ASSERT_TRUE(stream->wait_for(question));
    auto reply = t.post("{\"jsonrpc\":\"2.0\",\"id\":" + question + ",\"result\":{}}", in_session(id));
    ASSERT_EQ(reply.status, 202);
  }
  EXPECT_EQ(t.owned[0]->ear->messages.size(), heard) << "its owner did not ask";
  EXPECT_FALSE(t.owned[0]->ear->closed);
}

TEST(EndpointLegacy, UnknownIdsLeaveNothing) {
  TestEndpoint t;
  std::string kept = t.open_session();
  for (int i = 0; i < 200; ++i) {
    std::string id = std::to_string(i * 7919);
    ASSERT_EQ(t.post(kPing, in_session(id)).status, 404);
    ASSERT_EQ(t.ask("GET", in_session(id, {{"Accept", "text/event-stream"}})).status, 404);
    ASSERT_EQ(t.ask("DELETE", in_session(id)).status, 404);
  }
  EXPECT_EQ(t.endpoint.sessions(), 1u);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  EXPECT_EQ(t.owned.size(), 1u);
  EXPECT_EQ(t.owned[0]->ear->messages.size(), 1u) << "initialize, and nothing of the others";
}

}  // namespace
}  // namespace mcp::transport
