// Answers larger than a stream's queue and a session's ring.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;

const jsonrpc::Id kOne = jsonrpc::Id::number(1);
constexpr std::size_t kLarge = 5 << 20;  // the default queue and ring hold 4 MiB

struct LargeAnswers : testing::Test {
  explicit LargeAnswers(std::size_t room = 256 << 20) : t(options(room)) {}

  static HttpEndpointOptions options(std::size_t room) {
    HttpEndpointOptions options;
    options.promote_to_sse = async::Millis(5);
    options.replay_room_bytes = room;
    return options;
  }
  using Peer = std::unique_ptr<http::testing::TestPeer>;

  TestEndpoint t;
  std::string session;
  Bytes result = Bytes::adopt("{\"text\":\"" + std::string(kLarge, 'z') + "\"}");

  void begin() { session = t.open_session(); }
  // A call whose answer has become a stream.
  Peer call(const std::string& id, std::size_t nth) {
    Peer peer = t.open_post(TestEndpoint::request(id, "tools/call", R"({"name":"x"})"),
                            {{"Mcp-Session-Id", session}});
    EXPECT_TRUE(t.heard(0, nth + 1));
    EXPECT_TRUE(peer->wait_for("data: \n\n"));
    return peer;
  }
  TestEndpoint::Reply resume(const std::string& last) {
    auto peer = t.open(
        "GET", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}, {"Last-Event-ID", last}});
    return t.reply_of(*peer);
  }
  Result<void> answer(const std::string& id) {
    Envelope envelope;
    envelope.message = jsonrpc::share_result(*jsonrpc::Id::parse(id), result);
    return t.owned.at(0)->channel().send(std::move(envelope));
  }
  static auto has_all_of_it() { return HasSubstr("{\"text\":\"" + std::string(kLarge, 'z') + "\"}}\n\n"); }
};

TEST_F(LargeAnswers, TravelOnALegacyStreamWhole) {
  begin();
  Peer peer = call("1", 1);
  ASSERT_TRUE(answer("1"));
  auto reply = t.reply_of(*peer);
  // Not the matcher: what it would print is large.
  EXPECT_TRUE(testing::Value(reply.body, has_all_of_it())) << reply.body.size();
}

TEST_F(LargeAnswers, TravelOnAModernStreamWhole) {
  Peer peer = t.open_post(TestEndpoint::request("1", "tools/list", TestEndpoint::modern_params()),
                          TestEndpoint::modern_fields("tools/list"));
  ASSERT_TRUE(t.heard(0, 1));
  ASSERT_TRUE(t.say(0, "news", kOne));
  ASSERT_TRUE(answer("1"));
  auto reply = t.reply_of(*peer);
  EXPECT_TRUE(testing::Value(reply.body, has_all_of_it())) << reply.body.size();
}

TEST_F(LargeAnswers, AreReplayedAfterACut) {
  begin();
  Peer peer = call("1", 1);
  peer->reset();
  ASSERT_TRUE(answer("1"));
  auto reply = resume("1-1");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(testing::Value(reply.body, has_all_of_it())) << reply.body.size();
}

TEST_F(LargeAnswers, LetGoForLaterOnesLeaveAnErrorThatNamesTheLimit) {
  begin();
  Peer first = call("1", 1);
  Peer second = call("2", 2);
  first->reset();
  second->reset();
  ASSERT_TRUE(answer("1"));
  ASSERT_TRUE(answer("2"));
  auto lost = resume("1-1");
  EXPECT_EQ(lost.status, 200);
  EXPECT_THAT(lost.body, HasSubstr("id: 1-2\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"error\""));
  EXPECT_THAT(lost.body, HasSubstr("4194304 bytes"));
  EXPECT_EQ(resume("1-2").status, 204);
  auto kept = resume("2-1");
  EXPECT_TRUE(testing::Value(kept.body, has_all_of_it())) << kept.body.size();
}

struct LargeAnswersWithoutRoom : LargeAnswers {
  LargeAnswersWithoutRoom() : LargeAnswers(kLarge) {}
};

TEST_F(LargeAnswersWithoutRoom, AreSentButNotKept) {
  begin();
  Peer peer = call("1", 1);
  ASSERT_TRUE(answer("1"));
  auto reply = t.reply_of(*peer);
  EXPECT_TRUE(testing::Value(reply.body, has_all_of_it())) << reply.body.size();
  EXPECT_THAT(resume("1-1").body, HasSubstr("\"id\":1,\"error\""));
}

}  // namespace
}  // namespace mcp::transport
