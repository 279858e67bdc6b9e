#include "internal/http/fetch.h"

#include <gtest/gtest.h>

#include "internal/http/otlp_sink.h"
#include "internal/http/test_upstream.h"

namespace mcp::http {
namespace {

using testing::TestUpstream;
using Connection = TestUpstream::Connection;

struct FetchTest : ::testing::Test {
  Result<FetchReply> get(FetchRequest request) {
    std::optional<Result<FetchReply>> reply;
    fetch(loop, std::move(request), [&](Result<FetchReply> outcome) { reply = std::move(outcome); });
    if (!loop.run_until([&] { return reply.has_value(); }, async::Millis{20'000})) {
      return fail(ErrorCode::kInternal, "no answer at all");
    }
    return *reply;
  }
  static TestUpstream::OnBytes answer(std::string text) {
    return [text = std::move(text)](Connection& connection) {
      if (connection.received.find("\r\n\r\n") != std::string::npos) connection.send(text);
    };
  }
  async::Loop loop;
};

TEST_F(FetchTest, GivesStatusAndBody) {
  TestUpstream upstream(loop, answer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope"));
  auto reply = get({.url = upstream.url("/keys"), .headers = {{"X-Key", "v"}}});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->body, "nope");
  const std::string& sent = upstream.connections().front().received;
  EXPECT_EQ(sent.substr(0, 15), "GET /keys HTTP/") << sent;
  EXPECT_NE(sent.find("X-Key: v\r\n"), std::string::npos) << sent;
}

TEST_F(FetchTest, TakesABodyOfTheLimitAndNoByteMore) {
  TestUpstream upstream(loop, answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"));
  EXPECT_TRUE(get({.url = upstream.url(), .max_body = 5}));
  auto over = get({.url = upstream.url(), .max_body = 4});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::kLimit);
}

TEST_F(FetchTest, GivesUpASilentPeer) {
  TestUpstream upstream(loop, nullptr);
  auto reply = get({.url = upstream.url(), .timeout = async::Millis{50}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kTimeout);
}

TEST_F(FetchTest, FollowsNoRedirect) {
  TestUpstream upstream(
      loop, answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  auto reply = get({.url = upstream.url()});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 302);
}

TEST_F(FetchTest, RefusesOtherSchemes) {
  auto reply = get({.url = "file:///etc/hostname"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kInvalid);
}

TEST_F(FetchTest, SaysThatNobodyListens) {
  std::string url;
  {
    TestUpstream gone(loop, nullptr);
    url = gone.url();
  }
  auto reply = get({.url = url});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
}

struct OtlpSinkTest : FetchTest {
  Result<void> send(const std::string& url, const std::string& body) {
    auto sink = make_otlp_sink(loop, {.url = url, .headers = {{"Authorization", "Bearer k"}}});
    std::optional<Result<void>> outcome;
    sink->send(body, [&](Result<void> result) { outcome = std::move(result); });
    EXPECT_FALSE(outcome.has_value());
    loop.run_until([&] { return outcome.has_value(); }, async::Millis{20'000});
    return outcome.value_or(fail(ErrorCode::kInternal, "no answer"));
  }
};

TEST_F(OtlpSinkTest, PostsTheBatch) {
  TestUpstream collector(loop, [](Connection& connection) {
    if (connection.received.find("{\"resourceSpans\"") == std::string::npos) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  });
  EXPECT_TRUE(send(collector.url("/v1/traces"), "{\"resourceSpans\":[]}"));
  const std::string& sent = collector.connections().front().received;
  EXPECT_EQ(sent.substr(0, 16), "POST /v1/traces ") << sent;
  EXPECT_NE(sent.find("Content-Type: application/json\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("Authorization: Bearer k\r\n"), std::string::npos) << sent;
}

TEST_F(OtlpSinkTest, TakesAnErrorStatusForAFailure) {
  TestUpstream collector(loop, answer("HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"));
  auto outcome = send(collector.url(), "{}");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the collector answered 503");
}

}  // namespace
}  // namespace mcp::http
