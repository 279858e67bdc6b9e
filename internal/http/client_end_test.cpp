// How the client's requests end early: abort, cancellation, deadlines, failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_fetch.h"
#include "internal/http/test_peer.h"
#include "internal/http/test_upstream.h"

namespace mcp::http {
namespace {

using testing::answering;
using testing::error_of;
using testing::Eventual;
using testing::fetch;
using testing::Fetched;
using testing::get;
using ::testing::HasSubstr;
using testing::read_all_task;
using testing::request_to;
using testing::TestServer;
using testing::TestUpstream;
using testing::url_of;

// A stream that is open on both sides.
struct StreamFixture : ::testing::Test {
  StreamFixture() : client(server.loop) {
    server.handler.on_handle = [this](ExchangePtr exchange) {
      stream = std::move(exchange);
      stream->on_disconnect([this] { gone = true; });
      stream->open_stream(200, {{"Content-Type", "text/event-stream"}});
    };
    auto opened =
        Eventual<Result<ClientResponsePtr>>(server.loop, client.send(request_to(url_of(server), "", "GET")))
            .get();
    EXPECT_TRUE(opened);
    response = *opened;
  }
  Result<Bytes> read() { return Eventual<Result<Bytes>>(server.loop, response->read_some()).get(); }

  TestServer server;
  Client client;
  ExchangePtr stream;
  bool gone = false;
  ClientResponsePtr response;
};
using HttpClientStream = StreamFixture;

TEST_F(HttpClientStream, HandsOutPartsAsTheyCome) {
  EXPECT_EQ(response->headers().get("content-type"), "text/event-stream");
  EXPECT_TRUE(stream->write(Bytes::copy("one")));
  EXPECT_EQ(read()->view(), "one");
  EXPECT_TRUE(stream->write(Bytes::copy("two")));
  EXPECT_EQ(read()->view(), "two");
  stream->end();
  EXPECT_TRUE(read()->empty());
  EXPECT_TRUE(read()->empty());
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST_F(HttpClientStream, AbortEndsAPendingRead) {
  Eventual<Result<Bytes>> pending(server.loop, response->read_some());
  server.loop.context().poll();
  response->abort();
  auto part = pending.get();
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(server.wait([&] { return gone; }));
  EXPECT_EQ(read().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(client.idle_connections(), 0u);
}

TEST_F(HttpClientStream, DestructionDropsTheConnection) {
  response.reset();
  EXPECT_TRUE(server.wait([&] { return gone; }));
}

TEST_F(HttpClientStream, DestructionEndsAPendingRead) {
  Eventual<Result<Bytes>> pending(server.loop, response->read_some());
  server.loop.context().poll();
  response.reset();
  EXPECT_EQ(pending.get().error().code, ErrorCode::kCancelled);
}

TEST_F(HttpClientStream, NoticesACut) {
  EXPECT_TRUE(stream->write(Bytes::copy("part")));
  EXPECT_EQ(read()->view(), "part");
  stream.reset();
  EXPECT_EQ(read().error().code, ErrorCode::kUnavailable);
}

TEST(HttpClient, CancelEndsARequestBeforeItsResponse) {
  TestServer server;
  ExchangePtr held;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    held = std::move(exchange);
    held->on_disconnect([&] { gone = true; });
  };
  Client client(server.loop);
  CancelToken cancel;
  Eventual<Result<Fetched>> pending(server.loop,
                                    testing::fetch_task(client, request_to(url_of(server)), cancel));
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  cancel.cancel();
  EXPECT_EQ(error_of(pending.get()), ErrorCode::kCancelled);
  EXPECT_TRUE(server.wait([&] { return gone; }));
  // Nothing is sent for a request that was cancelled before.
  Eventual<Result<Fetched>> late(server.loop,
                                 testing::fetch_task(client, request_to(url_of(server)), cancel));
  EXPECT_EQ(error_of(late.get()), ErrorCode::kCancelled);
  EXPECT_EQ(server.handler.requests.size(), 1u);
}

TEST(HttpClient, CancelEndsTheWaitForAConnection) {
  TestServer server;
  std::vector<ExchangePtr> held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held.push_back(std::move(exchange)); };
  ClientLimits limits;
  limits.max_connections_per_host = 1;
  Client client(server.loop, limits);
  Eventual<Result<Fetched>> first(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  ASSERT_TRUE(server.wait([&] { return held.size() == 1; }));
  CancelToken cancel;
  Eventual<Result<Fetched>> second(server.loop,
                                   testing::fetch_task(client, request_to(url_of(server)), cancel));
  server.loop.context().poll();
  cancel.cancel();
  EXPECT_EQ(error_of(second.get()), ErrorCode::kCancelled);
}

// Deadlines and failures.

TEST(HttpClient, TimesOutWithoutAResponse) {
  async::Loop loop;
  TestUpstream upstream(loop, nullptr);
  ClientLimits limits;
  limits.header_deadline = async::Millis(20);
  Client client(loop, limits);
  EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kTimeout);
}

TEST(HttpClient, ARequestBringsItsOwnDeadline) {
  async::Loop loop;
  TestUpstream upstream(loop, nullptr);
  Client patient(loop);
  ClientRequest hurried = get(upstream);
  hurried.header_deadline = async::Millis(20);
  EXPECT_EQ(error_of(fetch(loop, patient, hurried)), ErrorCode::kTimeout);
}

TEST(HttpClient, ARequestMayHaveNoDeadline) {
  async::Loop loop;
  TestUpstream upstream(loop, nullptr);
  ClientLimits limits;
  limits.header_deadline = async::Millis(20);
  Client client(loop, limits);
  ClientRequest patient = get(upstream);
  patient.header_deadline = async::Millis(0);
  Eventual<Result<Fetched>> waiting(loop, testing::fetch_task(client, patient, CancelToken()));
  // Behind it another one runs into the client's deadline.
  EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kTimeout);
  EXPECT_FALSE(waiting.done());
  upstream.connections().front().send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(waiting.get());
}

TEST(HttpClient, TimesOutWhenABodyStops) {
  async::Loop loop;
  for (const char* wire : {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
                           "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    TestUpstream upstream(loop, answering(wire));
    ClientLimits limits;
    limits.body_idle = async::Millis(20);
    Client client(loop, limits);
    auto fetched = fetch(loop, client, get(upstream));
    EXPECT_EQ(error_of(fetched), ErrorCode::kTimeout) << wire;
    EXPECT_THAT(fetched.error().message, HasSubstr("the response stopped in the middle")) << wire;
    EXPECT_EQ(client.idle_connections(), 0u);
  }
}

TEST(HttpClient, AnEventStreamMayBeSilent) {
  async::Loop loop;
  TestUpstream upstream(
      loop, answering("HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n: hi\n\n"));
  ClientLimits limits;
  limits.body_idle = async::Millis(20);
  Client client(loop, limits);
  auto response = Eventual<Result<ClientResponsePtr>>(loop, client.send(get(upstream))).get();
  ASSERT_TRUE(response);
  EXPECT_EQ(Eventual<Result<Bytes>>(loop, (*response)->read_some()).get()->view(), ": hi\n\n");
  // Another body of the same client has come to its deadline meanwhile.
  TestUpstream stalling(loop, answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"));
  Eventual<Result<Bytes>> silent(loop, (*response)->read_some());
  EXPECT_EQ(error_of(fetch(loop, client, get(stalling))), ErrorCode::kTimeout);
  EXPECT_FALSE(silent.done());
  upstream.connections().front().send("data: x\n\n");
  auto part = silent.get();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->view(), "data: x\n\n");
}

TEST(HttpClient, TimesOutWhenTheServerDoesNotRead) {
  async::Loop loop;
  TestUpstream upstream(loop, nullptr, false);
  ClientLimits limits;
  limits.write_deadline = async::Millis(20);
  Client client(loop, limits);
  EXPECT_EQ(error_of(fetch(loop, client, request_to(upstream.url(), std::string(32 << 20, 'x')))),
            ErrorCode::kTimeout);
}

TEST(HttpClient, SaysThatNobodyListens) {
  async::Loop loop;
  std::string url;
  {
    TestUpstream upstream(loop, nullptr);
    url = upstream.url();
  }
  Client client(loop);
  auto fetched = fetch(loop, client, request_to(url));
  EXPECT_EQ(error_of(fetched), ErrorCode::kUnavailable);
  EXPECT_THAT(fetched.error().message, HasSubstr("127.0.0.1"));
}

TEST(HttpClient, SaysThatThereIsNoSuchHost) {
  async::Loop loop;
  Client client(loop);
  auto fetched = fetch(loop, client, request_to("http://no-such-host.invalid/"));
  EXPECT_EQ(error_of(fetched), ErrorCode::kUnavailable);
  EXPECT_THAT(fetched.error().message, HasSubstr("no-such-host.invalid"));
}

TEST(HttpClient, LooksNamesUp) {
  TestServer server;
  Client client(server.loop);
  EXPECT_TRUE(
      fetch(server.loop, client, request_to("http://localhost:" + std::to_string(server.port) + "/")));
}

TEST(HttpClient, ReadsAnAnswerThatComesBeforeTheRequestIsSent) {
  TestServer server;
  server.handler.on_door = [](const RequestHead&) { return Response{413, {}, Bytes::copy("too big")}; };
  Client client(server.loop);
  auto fetched = fetch(server.loop, client, request_to(url_of(server), std::string(4 << 20, 'x')));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 413);
  EXPECT_EQ(client.idle_connections(), 0u);
}

TEST(HttpClient, SendsNothingThatWouldSplitTheRequest) {
  TestServer server;
  Client client(server.loop);
  auto request = request_to(url_of(server));
  request.headers.add("X", "a\r\nY: b");
  EXPECT_EQ(error_of(fetch(server.loop, client, request)), ErrorCode::kInvalid);
  request = request_to(url_of(server));
  request.method = "GET /x HTTP/1.1\r\n";
  EXPECT_EQ(error_of(fetch(server.loop, client, request)), ErrorCode::kInvalid);
  EXPECT_TRUE(server.handler.requests.empty());
}

TEST(HttpClient, MayBeDestroyedBeforeItsResponses) {
  TestServer server;
  ExchangePtr held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held = std::move(exchange); };
  auto client = std::make_unique<Client>(server.loop);
  Eventual<Result<ClientResponsePtr>> pending(server.loop, client->send(request_to(url_of(server))));
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  client.reset();
  held->respond({200, {}, Bytes::copy("late")});
  auto response = pending.get();
  ASSERT_TRUE(response);
  auto body = Eventual<Result<Bytes>>(server.loop, read_all_task(*response, 100)).get();
  ASSERT_TRUE(body);
  EXPECT_EQ(body->view(), "late");
}

}  // namespace
}  // namespace mcp::http
