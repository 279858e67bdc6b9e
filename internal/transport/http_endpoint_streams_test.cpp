// Event streams of legacy sessions: promotion, priming, resumption, the GET stream (protocol.md §3.2, §3.3).
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using protocol::Revision;
using testing::HasSubstr;
using testing::Not;
using Fields = TestEndpoint::Fields;
using Peer = std::unique_ptr<http::testing::TestPeer>;

const jsonrpc::Id kOne = jsonrpc::Id::number(1);

struct EndpointStreams : testing::Test {
  static HttpEndpointOptions options() {
    HttpEndpointOptions o;
    o.promote_to_sse = kPatience;
    o.retry = async::Millis(1234);
    o.replay_events = 8;
    return o;
  }
  TestEndpoint t{options()};
  std::string session;

  void begin(Revision revision = Revision::k2025_11_25) { session = t.open_session(revision); }
  Fields in_session(const Fields& extra = {}) {
    Fields fields = {{"Mcp-Session-Id", session}};
    fields.insert(fields.end(), extra.begin(), extra.end());
    return fields;
  }
  Peer call(const std::string& id) {
    std::size_t before = t.owned[0]->ear->messages.size();
    Peer peer = t.open_post(TestEndpoint::request(id, "tools/call"), in_session());
    EXPECT_TRUE(t.heard(0, before + 1));
    return peer;
  }
  Peer get(const std::string& last_event_id = "") {
    Fields fields = in_session({{"Accept", "text/event-stream"}});
    if (!last_event_id.empty()) fields.emplace_back("Last-Event-ID", last_event_id);
    return t.open("GET", fields);
  }
  // A call that has become a stream and then lost its connection.
  void cut(Peer& peer) {
    peer->reset();
    peer.reset();
    ASSERT_TRUE(t.wait([&] { return t.server.connections() == 0; }));
  }
};

TEST_F(EndpointStreams, AResponseThatComesFirstIsJson) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.answer(0, "1", "{\"x\":1}"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers["content-type"], "application/json");
  EXPECT_EQ(reply.body, R"({"jsonrpc":"2.0","id":1,"result":{"x":1}})");
}

TEST_F(EndpointStreams, ANotificationThatComesFirstMakesAStreamThatEndsWithTheResponse) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "notifications/progress", kOne));
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*peer);
  EXPECT_EQ(reply.headers["content-type"], "text/event-stream");
  EXPECT_EQ(reply.headers["cache-control"], "no-cache");
  EXPECT_EQ(reply.headers["x-accel-buffering"], "no");
  auto progress = reply.body.find("notifications/progress"), result = reply.body.find("\"result\"");
  ASSERT_NE(result, std::string::npos);
  EXPECT_LT(progress, result);
}

TEST_F(EndpointStreams, AFloodOfLogMessagesDoesNotCostTheAnswer) {
  begin();
  Peer peer = call("1");
  const std::string message = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"data":")" +
                              std::string(64 << 10, 'x') + "\"}}";
  for (int i = 0; i < 512; ++i) {  // 32 MB; the client reads nothing meanwhile
    Envelope envelope = envelope_of(message);
    envelope.related = kOne;
    ASSERT_TRUE(t.owned[0]->channel().send(std::move(envelope)));
  }
  ASSERT_TRUE(t.answer(0, "1", "{\"x\":1}"));
  auto reply = t.reply_of(*peer);
  EXPECT_THAT(reply.body, HasSubstr("notifications/message"));
  EXPECT_THAT(reply.body, HasSubstr(R"("result":{"x":1})"));
}

TEST_F(EndpointStreams, ASlowAnswerIsPromotedToAStream) {
  HttpEndpointOptions o = options();
  o.promote_to_sse = async::Millis(10);
  TestEndpoint slow(o);
  std::string id = slow.open_session();
  Peer peer = slow.open_post(TestEndpoint::request("1", "tools/call"), {{"Mcp-Session-Id", id}});
  ASSERT_TRUE(peer->wait_for("id: 1-1\nretry: 1234\ndata: \n\n"));
  ASSERT_TRUE(slow.answer(0, "1"));
  EXPECT_TRUE(peer->wait_for("0\r\n\r\n"));
  EXPECT_THAT(peer->received(), HasSubstr("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"));
}

TEST_F(EndpointStreams, PrimingComesFirstFrom20251125On) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "n", kOne));
  ASSERT_TRUE(peer->wait_for("\"n\""));
  EXPECT_LT(peer->received().find("id: 1-1\nretry: 1234\ndata: \n\n"), peer->received().find("id: 1-2\n"));
}

TEST_F(EndpointStreams, OlderRevisionsGetIdsButNoPriming) {
  begin(Revision::k2025_06_18);
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "n", kOne));
  ASSERT_TRUE(peer->wait_for("id: 1-1\ndata: {"));
  EXPECT_THAT(peer->received(), Not(HasSubstr("retry")));
}

TEST_F(EndpointStreams, ACallGoesOnWithoutItsConnectionAndIsResumedByGet) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "before", kOne));
  ASSERT_TRUE(peer->wait_for("before"));
  cut(peer);
  EXPECT_EQ(t.endpoint.in_flight(), 1u) << "a disconnection is not a cancellation";
  EXPECT_TRUE(t.owned[0]->ear->ends.empty());
  ASSERT_TRUE(t.say(0, "meanwhile", kOne));
  Peer again = get("1-2");
  ASSERT_TRUE(again->wait_for("meanwhile"));
  EXPECT_THAT(again->received(), Not(HasSubstr("before"))) << "only what came after the named event";
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(again->wait_for("\"result\"")) << "the rest travels on the new connection";
  EXPECT_TRUE(again->wait_for("0\r\n\r\n"));
}

TEST_F(EndpointStreams, TheResponseOfACutStreamIsReplayed) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "n", kOne));
  ASSERT_TRUE(peer->wait_for("id: 1-2"));
  cut(peer);
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*get("1-1"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("id: 1-2"));
  EXPECT_THAT(reply.body, HasSubstr("id: 1-3"));
  EXPECT_THAT(reply.body, HasSubstr("\"result\""));
}

TEST_F(EndpointStreams, ReplayKeepsToTheStreamThatTheIdNames) {
  begin();
  Peer one = call("1"), two = call("2");
  ASSERT_TRUE(t.say(0, "for-one", kOne));
  ASSERT_TRUE(t.say(0, "for-two", jsonrpc::Id::number(2)));
  ASSERT_TRUE(two->wait_for("for-two"));
  ASSERT_TRUE(t.answer(0, "1"));
  ASSERT_TRUE(t.answer(0, "2"));
  auto reply = t.reply_of(*get("1-1"));
  EXPECT_THAT(reply.body, HasSubstr("for-one"));
  EXPECT_THAT(reply.body, Not(HasSubstr("for-two")));
}

TEST_F(EndpointStreams, NothingLeftOfAStreamTellsTheClientToStop) {
  begin();
  Peer peer = call("1");
  ASSERT_TRUE(t.say(0, "n", kOne));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*get("1-3")).status, 204);
}

TEST_F(EndpointStreams, ARingThatOverflowedReplaysWhatIsLeft) {
  begin();
  Peer peer = call("1");
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(t.say(0, "n" + std::to_string(i), kOne));
  ASSERT_TRUE(peer->wait_for("n11"));
  cut(peer);
  ASSERT_TRUE(t.answer(0, "1"));
  auto reply = t.reply_of(*get("1-1"));
  EXPECT_THAT(reply.body, Not(HasSubstr("\"n4\"")));
  EXPECT_THAT(reply.body, HasSubstr("\"n5\""));
  EXPECT_THAT(reply.body, HasSubstr("\"result\""));
}

TEST_F(EndpointStreams, AnIdThatWeNeverGaveOpensTheGeneralStream) {
  begin();
  Peer peer = get("no such id");
  ASSERT_TRUE(peer->wait_for("id: 0-1\n"));
  ASSERT_TRUE(t.say(0, "news"));
  EXPECT_TRUE(peer->wait_for("news"));
}

TEST_F(EndpointStreams, CloseStreamEndsTheConnectionButNotTheCall) {
  begin();
  Peer peer = call("1");
  t.owned[0]->channel().close_stream(kOne);
  auto reply = t.reply_of(*peer);
  EXPECT_THAT(reply.body, HasSubstr("id: 1-1\nretry: 1234\ndata: \n\n"));
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
  Peer again = get("1-1");
  ASSERT_TRUE(again->wait_for("200 OK"));
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_THAT(t.reply_of(*again).body, HasSubstr("\"result\""));
}

TEST_F(EndpointStreams, CloseStreamIsNothingForClientsThatDoNotPoll) {
  begin(Revision::k2025_06_18);
  Peer peer = call("1");
  t.owned[0]->channel().close_stream(kOne);
  ASSERT_TRUE(t.answer(0, "1"));
  EXPECT_EQ(t.reply_of(*peer).headers["content-type"], "application/json");
}

TEST_F(EndpointStreams, WhatBelongsToNoRequestWaitsForTheGetStream) {
  begin();
  ASSERT_TRUE(t.say(0, "early"));
  Peer peer = get();
  ASSERT_TRUE(peer->wait_for("early"));
  ASSERT_TRUE(t.say(0, "later"));
  ASSERT_TRUE(peer->wait_for("later"));
  EXPECT_EQ(peer->count("early"), 1u);
  EXPECT_THAT(peer->received(), HasSubstr("text/event-stream"));
}

TEST_F(EndpointStreams, AMessageTravelsOnOneStreamOnly) {
  begin();
  Peer listening = get();
  ASSERT_TRUE(listening->wait_for("id: 0-1"));
  Peer calling = call("1");
  ASSERT_TRUE(t.say(0, "mine", kOne));
  ASSERT_TRUE(t.say(0, "general"));
  ASSERT_TRUE(calling->wait_for("mine"));
  ASSERT_TRUE(listening->wait_for("general"));
  EXPECT_THAT(listening->received(), Not(HasSubstr("mine")));
  EXPECT_THAT(calling->received(), Not(HasSubstr("general")));
}

TEST_F(EndpointStreams, OneMessageTooManyForAnAbsentGetStreamIsRefused) {
  begin();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(t.say(0, "n"));
  auto refused = t.say(0, "n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
}

TEST_F(EndpointStreams, ASecondGetTakesTheGeneralStreamOver) {
  begin();
  Peer first = get();
  ASSERT_TRUE(first->wait_for("id: 0-1"));
  Peer second = get();
  ASSERT_TRUE(first->wait_for("0\r\n\r\n")) << "the older one ends";
  ASSERT_TRUE(t.say(0, "news"));
  ASSERT_TRUE(second->wait_for("news"));
  EXPECT_THAT(first->received(), Not(HasSubstr("news")));
}

TEST_F(EndpointStreams, TheGetStreamIsResumedToo) {
  begin();
  Peer peer = get();
  ASSERT_TRUE(peer->wait_for("id: 0-1"));
  ASSERT_TRUE(t.say(0, "seen"));
  ASSERT_TRUE(t.say(0, "unseen"));
  ASSERT_TRUE(peer->wait_for("unseen"));
  cut(peer);
  ASSERT_TRUE(t.say(0, "meanwhile"));
  Peer again = get("0-2");
  ASSERT_TRUE(again->wait_for("meanwhile"));
  EXPECT_THAT(again->received(), HasSubstr("\"unseen\""));
  EXPECT_THAT(again->received(), Not(HasSubstr("\"seen\"")));
}

TEST_F(EndpointStreams, AQuestionOfACallWhoseClientLeftEarlyGoesToTheGeneralStream) {
  begin();
  Peer peer = call("1");
  cut(peer);
  ASSERT_TRUE(t.say(0, "question", kOne));
  Peer listening = get();
  EXPECT_TRUE(listening->wait_for("question"));
}

TEST_F(EndpointStreams, ACancelledRequestEndsWithoutAResponse) {
  begin();
  Peer json = call("1"), stream = call("2");
  ASSERT_TRUE(t.say(0, "n", jsonrpc::Id::number(2)));
  for (const char* id : {"1", "2"}) {
    std::string cancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                         std::string(id) + "}}";
    EXPECT_EQ(t.post(cancel, in_session()).status, 202);
  }
  EXPECT_EQ(t.reply_of(*json).status, 202);
  EXPECT_THAT(t.reply_of(*stream).body, Not(HasSubstr("result")));
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
  EXPECT_EQ(t.owned[0]->ear->messages.back().message.method, "notifications/cancelled")
      << "the owner is told";
  EXPECT_EQ(t.answer(0, "1").error().code, ErrorCode::kNotFound);
}

TEST_F(EndpointStreams, IdleStreamsGetHeartbeats) {
  HttpEndpointOptions o = options();
  o.heartbeat = async::Millis(20);
  TestEndpoint quiet(o);
  std::string id = quiet.open_session();
  Peer peer = quiet.open("GET", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}});
  ASSERT_TRUE(peer->wait([&] { return peer->count("\n:") + peer->count("\r\n: ") >= 2; }));
}

TEST_F(EndpointStreams, AStreamSaysHowOftenAHeartbeatComesAndHowLongItLasts) {
  HttpEndpointOptions o = options();
  o.heartbeat = async::Millis(1500);
  TestEndpoint open_end(o);
  auto head_of = [](TestEndpoint& endpoint) {
    std::string id = endpoint.open_session();
    Peer peer = endpoint.open("GET", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}});
    EXPECT_TRUE(peer->wait_for("\r\n\r\n"));
    return peer->received();
  };
  std::string head = head_of(open_end);
  EXPECT_THAT(head, HasSubstr("\r\nX-Heartbeat-Seconds: 1.5\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("X-Stream-Max-Seconds")));
  o.max_stream = async::Millis(120'000);
  TestEndpoint limited(o);
  EXPECT_THAT(head_of(limited), HasSubstr("\r\nX-Stream-Max-Seconds: 120\r\n"));
}

TEST_F(EndpointStreams, AnOldConnectionEndsAndItsClientGetsTheRest) {
  HttpEndpointOptions o = options();
  o.promote_to_sse = async::Millis(5);
  o.max_stream = async::Millis(60);
  std::set<std::string> ended;
  o.ended = [&](std::string_view limit) { ended.emplace(limit); };
  TestEndpoint limited(o);
  std::string id = limited.open_session();
  Peer general = limited.open("GET", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}});
  Peer calling = limited.open_post(TestEndpoint::request("1", "tools/call"), {{"Mcp-Session-Id", id}});
  ASSERT_TRUE(limited.heard(0, 2));
  ASSERT_TRUE(calling->wait_for("id: "));
  for (const Peer* peer : {&general, &calling}) {
    EXPECT_TRUE((*peer)->wait_for("0\r\n\r\n"));
  }
  EXPECT_EQ(ended, std::set<std::string>{"max_stream"});
  EXPECT_THAT(calling->received(), Not(HasSubstr("result")));
  EXPECT_EQ(limited.endpoint.in_flight(), 1u);
  ASSERT_TRUE(limited.answer(0, "1"));
  std::string text = calling->received();
  auto at = text.find("id: ") + 4;
  std::string last = text.substr(at, text.find('\n', at) - at);
  Peer back =
      limited.open("GET", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}, {"Last-Event-ID", last}});
  EXPECT_TRUE(back->wait_for("\"result\""));
}

TEST_F(EndpointStreams, WithoutStreamsAnswersAreJsonAndWhoWantsAStreamIsRefused) {
  HttpEndpointOptions o = options();
  o.promote_to_sse = async::Millis(1);
  o.streams = false;
  TestEndpoint off(o);
  std::string id = off.open_session();
  auto get = off.ask("GET", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}});
  EXPECT_EQ(get.status, 405);
  EXPECT_THAT(get.body, HasSubstr("streams"));
  off.target = "/sse";
  EXPECT_EQ(off.ask("GET", {{"Accept", "text/event-stream"}}).status, 403);
  off.target = "/mcp";
  auto listen = off.post(TestEndpoint::request("1", "subscriptions/listen", TestEndpoint::modern_params()),
                         TestEndpoint::modern_fields("subscriptions/listen"));
  EXPECT_EQ(listen.status, 403);

  Peer calling = off.open_post(TestEndpoint::request("1", "tools/call"), {{"Mcp-Session-Id", id}});
  ASSERT_TRUE(off.heard(0, 2));
  EXPECT_TRUE(off.say(0, "notifications/message", jsonrpc::Id::number(1)));
  auto question = envelope_of(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
  EXPECT_EQ(off.owned[0]->channel().send(std::move(question)).error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE(off.answer(0, "1"));
  auto reply = off.reply_of(*calling);
  EXPECT_EQ(reply.headers["content-type"], "application/json");
  EXPECT_THAT(reply.body, HasSubstr("result"));
}

TEST_F(EndpointStreams, TheSessionIdTravelsWithAStreamedInitializeToo) {
  HttpEndpointOptions o = options();
  o.promote_to_sse = async::Millis(10);
  TestEndpoint slow(o);
  Peer peer = slow.open_post(TestEndpoint::request("0", "initialize", "{}"));
  ASSERT_TRUE(peer->wait_for("text/event-stream"));
  EXPECT_THAT(peer->received(), HasSubstr("Mcp-Session-Id: "));
}

}  // namespace
}  // namespace mcp::transport
