#include "internal/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using ::testing::HasSubstr;
using testing::kGet;
using ::testing::Not;
using testing::post;
using ::testing::StartsWith;
using testing::TestPeer;
using testing::TestServer;

TEST(HttpServer, KeepsTheConnectionForTheNextRequest) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send(post("one"));
  ASSERT_TRUE(peer.wait_for("one"));
  peer.send(post("two"));
  ASSERT_TRUE(peer.wait_for("two"));
  EXPECT_EQ(server.server.connections(), 1u);
  EXPECT_THAT(peer.received(), Not(HasSubstr("Connection:")));
  EXPECT_THAT(peer.received(), HasSubstr("\r\nDate: "));
}

TEST(HttpServer, HandsOutTheRequestAsItCame) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send(
      "PATCH /a%20b/c?d=%20 HTTP/1.1\r\nhOST: x:1\r\nX-Two: 1\r\nX-Two:  2 \r\nContent-Length: 1\r\n\r\nz");
  ASSERT_TRUE(peer.wait_for("\r\n\r\nz"));
  const Request& request = server.handler.requests.at(0);
  EXPECT_EQ(request.head.method, "PATCH");
  EXPECT_EQ(request.head.target, "/a%20b/c?d=%20");
  EXPECT_EQ(request.head.path, "/a b/c");
  EXPECT_EQ(request.head.query, "d=%20");
  EXPECT_EQ(request.head.headers.get("host"), "x:1");
  EXPECT_EQ(request.head.headers.get("x-two"), "1");
  EXPECT_EQ(request.head.headers.count("X-TWO"), 2u);
  EXPECT_THAT(request.head.peer, StartsWith("127.0.0.1:"));
  EXPECT_EQ(request.body.view(), "z");
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  std::vector<ExchangePtr> waiting;
  server.handler.on_handle = [&](ExchangePtr exchange) { waiting.push_back(std::move(exchange)); };
  TestPeer peer(server.loop, server.port);
  peer.send(post("a1") + post("b2") + post("c3"));
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(server.wait([&] { return waiting.size() == i + 1; }));
    Response response;
    response.body = waiting[i]->request().body;
    waiting[i]->respond(std::move(response));
    // The next request is never handed out inside the answer to this one.
    ASSERT_EQ(waiting.size(), i + 1);
  }
  ASSERT_TRUE(peer.wait_for("c3"));
  EXPECT_LT(peer.received().find("a1"), peer.received().find("b2"));
  EXPECT_LT(peer.received().find("b2"), peer.received().find("c3"));
}

TEST(HttpServer, ReadsAheadOnlyToTheBound) {
  ServerLimits limits;
  limits.max_pipelined_bytes = 1000;
  TestServer server(limits);
  ExchangePtr first;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    if (!first) {
      first = std::move(exchange);
    } else {
      exchange->respond({});
    }
  };
  TestPeer peer(server.loop, server.port);
  std::string all;
  for (int i = 0; i < 200; ++i) all += kGet;
  peer.send(all);
  ASSERT_TRUE(server.wait([&] { return first != nullptr; }));
  first->respond({});
  ASSERT_TRUE(peer.wait([&] { return peer.count("HTTP/1.1 200") == 200; }));
}

TEST(HttpServer, ReadsAChunkedBodyAtEverySplit) {
  const std::string wire =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;ext=\"v\"\r\n,\r\n00006\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n";
  TestServer server;
  TestPeer peer(server.loop, server.port);
  for (std::size_t split = 1; split < wire.size(); ++split) {
    peer.send(wire.substr(0, split));
    while (server.loop.context().poll() != 0) {
    }
    peer.send(wire.substr(split));
    ASSERT_TRUE(peer.wait_for("\r\n\r\nhello, world")) << "split at " << split;
    EXPECT_EQ(peer.count("HTTP/1.1 200"), 1u);
    peer.take();
  }
}

TEST(HttpServer, ReadsAnEmptyChunkedBodyByteByByte) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  for (char byte : std::string("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    peer.send({&byte, 1});
    while (server.loop.context().poll() != 0) {
    }
  }
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 200"));
  EXPECT_TRUE(server.handler.requests.at(0).body.empty());
}

TEST(HttpServer, StreamsAChunkedBody) {
  TestServer server;
  ExchangePtr stream;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    stream = std::move(exchange);
    stream->open_stream(200, {{"Content-Type", "text/event-stream"}});
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("Content-Length")));
  peer.take();
  EXPECT_TRUE(stream->write(Bytes::copy("data: 1\n\n")));
  EXPECT_TRUE(stream->write({}));
  ASSERT_TRUE(peer.wait_for("9\r\ndata: 1\n\n\r\n"));
  EXPECT_TRUE(stream->write(Bytes::copy(std::string(20, 'x'))));
  stream->end();
  ASSERT_TRUE(peer.wait_for("14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n"));
  // The connection goes on.
  server.handler.on_handle = nullptr;
  peer.send(post("after"));
  ASSERT_TRUE(peer.wait_for("after"));
}

TEST(HttpServer, OpensAStreamLaterAndServesWhatCameMeanwhile) {
  TestServer server;
  ExchangePtr stream;
  server.handler.on_handle = [&](ExchangePtr exchange) { stream = std::move(exchange); };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return stream != nullptr; }));
  stream->open_stream(200, {});
  server.handler.on_handle = nullptr;
  peer.send(post("next").substr(0, 20));
  ASSERT_TRUE(peer.wait_for("chunked"));
  peer.send(post("next").substr(20));
  stream->end();
  ASSERT_TRUE(peer.wait_for("next"));
}

TEST(HttpServer, StreamsToHttp10UntilItCloses) {
  TestServer server;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    exchange->open_stream(200, {});
    EXPECT_TRUE(exchange->write(Bytes::copy("plain")));
    exchange->end();
  };
  TestPeer peer(server.loop, server.port);
  peer.send("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), HasSubstr("\r\n\r\nplain"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("chunked")));
}

TEST(HttpServer, KeepsAnHttp10ConnectionOnlyWhenAsked) {
  TestServer server;
  TestPeer kept(server.loop, server.port);
  kept.send("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(kept.wait_for("Connection: keep-alive"));
  kept.send(post("more"));
  ASSERT_TRUE(kept.wait_for("more"));
  TestPeer closed(server.loop, server.port);
  closed.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(closed.wait_closed());
}

TEST(HttpServer, ClosesAfterTheAnswerWhenAsked) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send(post("bye", "Connection: close\r\n"));
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("bye"));
}

TEST(HttpServer, SendsContinueBeforeTheBody) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  peer.send("body");
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 200 OK"));
  EXPECT_EQ(server.handler.requests.at(0).body.view(), "body");
}

TEST(HttpServer, SendsNoContinueWhenTheDoorIsShut) {
  TestServer server;
  server.handler.on_door = [](const RequestHead&) {
    return Response{401, {{"WWW-Authenticate", "Bearer"}}, {}};
  };
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 401 "));
}

TEST(HttpServer, RefusesUnknownExpectations) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 4\r\n\r\n");
  EXPECT_TRUE(peer.wait_for("HTTP/1.1 417 "));
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr exchange) { exchange->respond({200, {}, Bytes::copy("12345")}); };
  TestPeer peer(server.loop, server.port);
  peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  EXPECT_THAT(peer.take(), HasSubstr("Content-Length: 5\r\n"));
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("12345"));
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, AnswersHeadToAStreamWithItsHeadOnly) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr exchange) {
    exchange->open_stream(200, {});
    EXPECT_TRUE(exchange->write(Bytes::copy("dropped")));
    exchange->end();
  };
  TestPeer peer(server.loop, server.port);
  peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(peer.wait([&] { return peer.count("HTTP/1.1 200") == 2; }));
  EXPECT_THAT(peer.received(), Not(HasSubstr("dropped")));
}

TEST(HttpServer, ARefusalAfterHeadHasItsBody) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  peer.take();
  peer.send("GET / HTTP/1.1\rHost: x\r\n\r\n");
  ASSERT_TRUE(peer.wait_closed());
  std::string refused = peer.received();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 400"));
  EXPECT_GT(refused.size(), refused.find("\r\n\r\n") + 4) << refused;
}

TEST(HttpServer, SendsNoBodyWith204) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr exchange) { exchange->respond({204, {}, Bytes::copy("never")}); };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet + kGet);
  ASSERT_TRUE(peer.wait([&] { return peer.count("HTTP/1.1 204 No Content") == 2; }));
  EXPECT_THAT(peer.received(), Not(HasSubstr("never")));
  EXPECT_THAT(peer.received(), Not(HasSubstr("Content-Length")));
}

TEST(HttpServer, LeavesOutFieldsThatWouldSplitTheResponse) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr exchange) {
    exchange->respond(
        {200,
         {{"X-Bad", "a\r\nInjected: 1"}, {"X\r\nY", "b"}, {"Content-Length", "99"}, {"X-Good", "c"}},
         {}});
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("Injected")));
  EXPECT_THAT(peer.received(), HasSubstr("X-Good: c\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpServer, AsksTheDoorBeforeTheBodyCame) {
  TestServer server;
  server.handler.on_door = [](const RequestHead&) { return Response{403, {}, Bytes::copy("no")}; };
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(peer.received(), HasSubstr("Connection: close"));
  EXPECT_TRUE(server.handler.requests.empty());
}

TEST(HttpServer, SkipsASmallBodyBehindARefusalAndGoesOn) {
  TestServer server;
  server.handler.on_door = [](const RequestHead& head) -> std::optional<Response> {
    if (head.path != "/secret") return std::nullopt;
    return Response{401, {}, {}};
  };
  TestPeer peer(server.loop, server.port);
  peer.send("POST /secret HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nGE");
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 401 "));
  peer.send("T / " + post("fine"));
  ASSERT_TRUE(peer.wait_for("fine"));
  EXPECT_EQ(server.handler.requests.size(), 1u);
  EXPECT_EQ(peer.count("HTTP/1.1"), 2u);
}

}  // namespace
}  // namespace mcp::http
