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

TEST(HttpServer, SaysWhatIsNoIpAddress) {
  TestServer server;
  for (const char* host : {"300.1.1.1", "example.com", "1.2.3", "[::1::]"}) {
    auto port = server.server.listen(std::string(host) + ":80");
    ASSERT_FALSE(port) << host;
    EXPECT_EQ(port.error().message, "\"" + std::string(host) + "\" is not an IP address");
    EXPECT_THAT(port.error().hint, HasSubstr("names are not looked up"));
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

TEST(HttpServer, AnswersWhoHadConnectedButNotYetAskedWhenItBeganToDrain) {
  TestServer server;
  TestPeer peer(server.loop, server.port);
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 1; }));
  server.server.drain();
  peer.send(post("just in time"));
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(peer.received(), HasSubstr("Connection: close"));
}

TEST(HttpServer, AnswersNewConnectionsOnceEachUntilItCloses) {
  TestServer server;
  server.server.drain();
  for (int i = 0; i < 2; ++i) {
    TestPeer peer(server.loop, server.port);
    peer.send(post("still here") + post("one too many"));
    ASSERT_TRUE(peer.wait_closed());
    EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(peer.received(), HasSubstr("Connection: close"));
    EXPECT_THAT(peer.received(), Not(HasSubstr("one too many")));
  }
  EXPECT_EQ(server.handler.requests.size(), 2u);
  server.server.close();
  EXPECT_THROW(TestPeer(server.loop, server.port), boost::system::system_error);
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
