#include "internal/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TestPeer;
using testing::TestServer;

std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /mcp HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
const std::string kGet = "GET /mcp HTTP/1.1\r\nHost: x\r\n\r\n";

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

// Limits, each at N and N + 1.

std::string head_of_size(std::size_t size) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX-Pad: ";
  return head + std::string(size - head.size() - 4, 'p') + "\r\n\r\n";
}

TEST(HttpServer, LimitsTheHeadInBytes) {
  ServerLimits limits;
  limits.max_header_bytes = 10'000;
  TestServer server(limits);
  TestPeer fits(server.loop, server.port);
  fits.send(head_of_size(10'000));
  EXPECT_TRUE(fits.wait_for("HTTP/1.1 200"));
  TestPeer over(server.loop, server.port);
  over.send(head_of_size(10'001));
  EXPECT_TRUE(over.wait_for("HTTP/1.1 431 Request Header Fields Too Large"));
  EXPECT_TRUE(over.wait_closed());
  TestPeer endless(server.loop, server.port);
  endless.send("GET /" + std::string(10'000, 'a'));
  EXPECT_TRUE(endless.wait_for("HTTP/1.1 431"));
}

TEST(HttpServer, LimitsTheNumberOfFields) {
  ServerLimits limits;
  limits.max_headers = 5;
  TestServer server(limits);
  const std::string four = "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\n";
  TestPeer fits(server.loop, server.port);
  fits.send(four + "D: 4\r\n\r\n");
  EXPECT_TRUE(fits.wait_for("HTTP/1.1 200"));
  TestPeer over(server.loop, server.port);
  over.send(four + "D: 4\r\nE: 5\r\n\r\n");
  EXPECT_TRUE(over.wait_for("HTTP/1.1 431"));
}

TEST(HttpServer, LimitsABodyWithLength) {
  ServerLimits limits;
  limits.max_body_bytes = 100;
  TestServer server(limits);
  TestPeer fits(server.loop, server.port);
  fits.send(post(std::string(100, 'b')));
  EXPECT_TRUE(fits.wait_for("HTTP/1.1 200"));
  TestPeer over(server.loop, server.port);
  over.send(post(std::string(101, 'b')));
  EXPECT_TRUE(over.wait_for("HTTP/1.1 413 Content Too Large"));
  EXPECT_TRUE(over.wait_closed());
}

TEST(HttpServer, LimitsAChunkedBody) {
  ServerLimits limits;
  limits.max_body_bytes = 100;
  TestServer server(limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string sixty = "3c\r\n" + std::string(60, 'b') + "\r\n";
  TestPeer fits(server.loop, server.port);
  fits.send(head + sixty + "28\r\n" + std::string(40, 'b') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(fits.wait_for("HTTP/1.1 200"));
  TestPeer over(server.loop, server.port);
  over.send(head + sixty + "29\r\n");
  EXPECT_TRUE(over.wait_for("HTTP/1.1 413"));
  TestPeer huge(server.loop, server.port);
  huge.send(head + sixty + "ffffffffffffffff\r\n");
  EXPECT_TRUE(huge.wait_for("HTTP/1.1 413"));
}

TEST(HttpServer, LimitsConnections) {
  ServerLimits limits;
  limits.max_connections = 2;
  TestServer server(limits);
  TestPeer one(server.loop, server.port);
  TestPeer two(server.loop, server.port);
  two.send(kGet);
  ASSERT_TRUE(two.wait_for("HTTP/1.1 200"));
  TestPeer three(server.loop, server.port);
  ASSERT_TRUE(three.wait_closed());
  EXPECT_THAT(three.received(), StartsWith("HTTP/1.1 503 "));
  three.close();
  one.close();
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 1; }));
  TestPeer four(server.loop, server.port);
  four.send(kGet);
  EXPECT_TRUE(four.wait_for("HTTP/1.1 200"));
}

TEST(HttpServer, TakesABodyOfMegabytesAndEchoesIt) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  std::string body(8 << 20, 'm');
  body[4 << 20] = '!';
  std::string wire = post(body);
  // In pieces: a blocking send of all would wait for a loop that does not run.
  for (std::size_t at = 0; at < wire.size(); at += 32 << 10) {
    peer.send(std::string_view(wire).substr(at, 32 << 10));
    while (server.loop.context().poll() != 0) {
    }
  }
  ASSERT_TRUE(peer.wait([&] { return peer.received().size() > body.size(); }));
  EXPECT_TRUE(peer.received().ends_with(body));
}

// Door.

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

// Disconnects.

TEST(HttpServer, NoticesThatTheClientLeftWhileItsRequestIsHandled) {
  for (bool reset : {false, true}) {
    TestServer server;
    ExchangePtr held;
    int calls = 0;
    server.handler.on_handle = [&](ExchangePtr exchange) {
      held = std::move(exchange);
      held->on_disconnect([&] { ++calls; });
    };
    TestPeer peer(server.loop, server.port);
    peer.send(kGet);
    ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
    EXPECT_FALSE(held->disconnected());
    reset ? peer.reset() : peer.close();
    ASSERT_TRUE(server.wait([&] { return calls == 1; }));
    EXPECT_TRUE(held->disconnected());
    EXPECT_EQ(server.server.connections(), 0u);
    held->respond({});
    EXPECT_EQ(calls, 1);
  }
}

TEST(HttpServer, NoticesThatTheClientOfAnIdleStreamLeft) {
  TestServer server;
  ExchangePtr stream;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    stream = std::move(exchange);
    stream->on_disconnect([&] { gone = true; });
    stream->open_stream(200, {});
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  peer.close();
  ASSERT_TRUE(server.wait([&] { return gone; }));
  auto written = stream->write(Bytes::copy("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  stream->end();
}

TEST(HttpServer, DoesNotReportADisconnectAfterTheAnswer) {
  TestServer server;
  ExchangePtr held;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    held = exchange;
    exchange->on_disconnect([&] { gone = true; });
    exchange->respond({});
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 200"));
  peer.close();
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
  EXPECT_FALSE(gone);
  EXPECT_FALSE(held->disconnected());
}

TEST(HttpServer, TakesAHalfCloseForALeave) {
  TestServer server;
  ExchangePtr held;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    held = std::move(exchange);
    held->on_disconnect([&] { gone = true; });
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  peer.half_close();
  EXPECT_TRUE(server.wait([&] { return gone; }));
}

TEST(HttpServer, AnswersForAHandlerThatForgot) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr) {};
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 500 "));
}

TEST(HttpServer, CutsAStreamThatItsHandlerDropped) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr exchange) {
    exchange->open_stream(200, {});
    EXPECT_TRUE(exchange->write(Bytes::copy("part")));
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), HasSubstr("part"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("0\r\n\r\n")));
}

// Slow readers.

TEST(HttpServer, CutsAStreamWhoseQueueIsFull) {
  ServerLimits limits;
  limits.max_stream_queue_bytes = 100'000;
  TestServer server(limits);
  ExchangePtr stream;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    stream = std::move(exchange);
    stream->on_disconnect([&] { gone = true; });
    stream->open_stream(200, {});
  };
  TestPeer peer(server.loop, server.port, false);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return stream != nullptr; }));
  Bytes chunk = Bytes::copy(std::string(10'000, 's'));
  Result<void> written;
  for (int i = 0; i < 10'000 && written; ++i) written = stream->write(chunk);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kLimit);
  EXPECT_FALSE(gone);  // never inside the handler's own call
  EXPECT_TRUE(stream->disconnected());
  ASSERT_TRUE(server.wait([&] { return gone; }));
  EXPECT_EQ(server.server.connections(), 0u);
}

TEST(HttpServer, CutsAClientThatDoesNotReadItsAnswer) {
  ServerLimits limits;
  limits.write_deadline = async::Millis(30);
  TestServer server(limits);
  bool gone = false;
  ExchangePtr held;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    held = exchange;
    exchange->on_disconnect([&] { gone = true; });
    exchange->respond({200, {}, Bytes::copy(std::string(32 << 20, 'r'))});
  };
  TestPeer peer(server.loop, server.port, false);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return gone; }));
  EXPECT_EQ(server.server.connections(), 0u);
}

TEST(HttpServer, SendsALargeStreamToAReaderThatKeepsUp) {
  TestServer server;
  ExchangePtr stream;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    stream = std::move(exchange);
    stream->open_stream(200, {});
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("\r\n\r\n"));
  peer.take();
  std::size_t expected = 0;
  Bytes chunk = Bytes::copy(std::string(0x10000, 's'));
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(stream->write(chunk));
    expected += 7 + chunk.size() + 2;
    ASSERT_TRUE(peer.wait([&] { return expected - peer.received().size() < (2 << 20); }));
  }
  stream->end();
  ASSERT_TRUE(peer.wait([&] { return peer.received().size() == expected + 5; }));
}

// Deadlines.

TEST(HttpServer, EndsAHeadThatDoesNotCome) {
  ServerLimits limits;
  limits.header_deadline = async::Millis(20);
  TestServer server(limits);
  TestPeer silent(server.loop, server.port);
  EXPECT_TRUE(silent.wait_closed());
  EXPECT_EQ(silent.received(), "");
  TestPeer slow(server.loop, server.port);
  slow.send("GET / HT");
  ASSERT_TRUE(slow.wait_closed());
  EXPECT_THAT(slow.received(), StartsWith("HTTP/1.1 408 Request Timeout"));
}

TEST(HttpServer, EndsABodyThatDoesNotCome) {
  ServerLimits limits;
  limits.body_deadline = async::Millis(20);
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServer, ClosesAnIdleConnectionWithoutAWord) {
  ServerLimits limits;
  limits.idle_deadline = async::Millis(20);
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  peer.send(post("x"));
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.count("HTTP/1.1"), 1u);
}

TEST(HttpServer, GivesAHandlerAllTheTimeItNeeds) {
  ServerLimits limits;
  limits.header_deadline = limits.body_deadline = limits.idle_deadline = async::Millis(20);
  TestServer server(limits);
  ExchangePtr held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held = std::move(exchange); };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  TestPeer silent(server.loop, server.port);
  ASSERT_TRUE(silent.wait_closed());
  held->respond({});
  EXPECT_TRUE(peer.wait_for("HTTP/1.1 200"));
}

// Listening, draining, closing.

TEST(HttpServer, SaysThatAPortIsInUse) {
  TestServer server;
  Server second(server.loop, server.handler);
  auto port = second.listen("127.0.0.1:" + std::to_string(server.port));
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::kExists);
}

TEST(HttpServer, RefusesWhatIsNoAddress) {
  TestServer server;
  for (const char* text : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                           "example.com:80", "::1:80", "[127.0.0.1]:80", "[::1]", "127.0.0.1:-1"}) {
    auto port = server.server.listen(text);
    ASSERT_FALSE(port) << text;
    EXPECT_EQ(port.error().code, ErrorCode::kInvalid) << text;
  }
}

TEST(HttpServer, ListensOnLocalhost) {
  TestServer server;
  auto port = server.server.listen("localhost:0");
  ASSERT_TRUE(port);
  TestPeer peer(server.loop, *port);
  peer.send(post("local"));
  EXPECT_TRUE(peer.wait_for("local"));
}

TEST(HttpServer, DrainsIdleConnectionsAtOnceAndBusyOnesAfterTheirAnswer) {
  TestServer server;
  ExchangePtr held;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    if (exchange->request().body.view() == "busy") {
      held = std::move(exchange);
    } else {
      exchange->respond({});
    }
  };
  TestPeer idle(server.loop, server.port);
  idle.send(post("idle"));
  ASSERT_TRUE(idle.wait_for("HTTP/1.1 200"));
  TestPeer busy(server.loop, server.port);
  busy.send(post("busy"));
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  server.server.drain();
  EXPECT_TRUE(idle.wait_closed());
  EXPECT_FALSE(busy.closed());
  EXPECT_EQ(server.server.connections(), 1u);
  held->respond({200, {}, Bytes::copy("done")});
  ASSERT_TRUE(busy.wait_closed());
  EXPECT_THAT(busy.received(), HasSubstr("Connection: close"));
  EXPECT_THAT(busy.received(), HasSubstr("done"));
  busy.close();
  EXPECT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
}

TEST(HttpServer, CloseCutsWhatIsLeftAndTellsTheHandler) {
  TestServer server;
  ExchangePtr held;
  bool gone = false;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    held = std::move(exchange);
    held->on_disconnect([&] { gone = true; });
  };
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  server.server.close();
  EXPECT_TRUE(gone);
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(server.server.connections(), 0u);
}

TEST(HttpServer, LeavesNothingOnTheLoopAfterClose) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send(post("x"));
  ASSERT_TRUE(peer.wait_for("200"));
  server.server.close();
  peer.close();
  server.loop.run();  // returns: nothing is left to wait for
}

}  // namespace
}  // namespace mcp::http
