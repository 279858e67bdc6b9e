#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using ::testing::HasSubstr;
using testing::kGet;
using testing::post;
using ::testing::StartsWith;
using testing::TestPeer;
using testing::TestServer;

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

TEST(HttpServer, TheLimitOfABodyCanBeChanged) {
  TestServer server;
  TestPeer open(server.loop, server.port);
  open.send(post("12345"));
  ASSERT_TRUE(open.wait_for("200"));
  ServerLimits limits;
  limits.max_body_bytes = 4;
  server.server.limit(limits);
  open.send(post("12345"));
  EXPECT_TRUE(open.wait_for("413"));
  limits.max_body_bytes = 5;
  server.server.limit(limits);
  TestPeer next(server.loop, server.port);
  next.send(post("12345"));
  EXPECT_TRUE(next.wait_for("200"));
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
  EXPECT_EQ(server.handler.limits, std::vector<std::string>{"max_connections"});
  three.close();
  one.close();
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 1; }));
  TestPeer four(server.loop, server.port);
  four.send(kGet);
  EXPECT_TRUE(four.wait_for("HTTP/1.1 200"));
}

// What all connections together keep for clients that send or take slowly.

struct Buffered : ::testing::Test {
  static constexpr std::size_t kMost = 100'000;
  static ServerLimits limits() {
    ServerLimits made;
    made.max_buffered_bytes = kMost;
    return made;
  }
  // A client that has sent so much of a longer body.
  std::unique_ptr<TestPeer> unfinished(std::size_t sent) {
    std::size_t before = server.server.buffered();
    auto peer = std::make_unique<TestPeer>(server.loop, server.port);
    peer->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + std::string(sent, 'b'));
    EXPECT_TRUE(server.wait([&] { return server.server.buffered() == before + sent; }));
    return peer;
  }

  TestServer server{limits()};
};

TEST_F(Buffered, BodiesFillTheRoomAndNotAByteMore) {
  auto first = unfinished(60'000);
  auto second = unfinished(39'999);
  second->send("b");
  ASSERT_TRUE(server.wait([&] { return server.server.buffered() == kMost; }));
  EXPECT_FALSE(second->closed());
  second->send("b");
  ASSERT_TRUE(second->wait_closed());
  EXPECT_THAT(second->received(), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(server.handler.limits, std::vector<std::string>{"max_buffered"});
  EXPECT_EQ(server.server.buffered(), 60'000u) << "what was refused is given back";
  first->close();
  EXPECT_TRUE(server.wait([&] { return server.server.buffered() == 0; }));
}

TEST_F(Buffered, WhereThereIsNoRoomALongBodyIsRefusedByItsHeadAndAShortOneTaken) {
  auto first = unfinished(kMost);
  TestPeer late(server.loop, server.port);
  late.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n");
  EXPECT_TRUE(late.wait_for("HTTP/1.1 503 "));
  TestPeer polite(server.loop, server.port);
  polite.send(post(std::string(16'384, 'p')));
  EXPECT_TRUE(polite.wait_for("HTTP/1.1 200"));
}

TEST_F(Buffered, ABodyCountsUntilItIsAnswered) {
  ExchangePtr held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held = std::move(exchange); };
  TestPeer peer(server.loop, server.port);
  peer.send(post(std::string(50'000, 'b')));
  ASSERT_TRUE(server.wait([&] { return held != nullptr; }));
  EXPECT_EQ(server.server.buffered(), 50'000u);
  held->respond({});
  EXPECT_EQ(server.server.buffered(), 0u);
}

TEST_F(Buffered, AnAnswerThatFindsNoRoomIs503) {
  auto answer = [this](std::size_t size) {
    server.handler.on_handle = [size](ExchangePtr exchange) {
      exchange->respond({200, {}, Bytes::copy(std::string(size, 'r'))});
    };
    TestPeer peer(server.loop, server.port);
    peer.send(kGet);
    EXPECT_TRUE(peer.wait_for("\r\n\r\n"));
    return peer.received().substr(0, 12);
  };
  auto first = unfinished(60'000);
  EXPECT_EQ(answer(40'000), "HTTP/1.1 200");
  EXPECT_EQ(answer(40'001), "HTTP/1.1 503");
  EXPECT_EQ(server.handler.limits, std::vector<std::string>{"max_buffered"});
}

TEST(HttpServer, CutsAStreamForWhichThereIsNoRoom) {
  ServerLimits limits;
  limits.max_buffered_bytes = 1 << 20;
  TestServer server(limits);
  ExchangePtr stream;
  server.handler.on_handle = [&](ExchangePtr exchange) {
    stream = std::move(exchange);
    stream->open_stream(200, {});
  };
  TestPeer peer(server.loop, server.port, false);
  peer.send(kGet);
  ASSERT_TRUE(server.wait([&] { return stream != nullptr; }));
  Bytes chunk = Bytes::copy(std::string(10'000, 's'));
  std::size_t most = 0;
  Result<void> written;
  for (int i = 0; i < 10'000 && written; ++i) {
    most = std::max(most, server.server.buffered());
    written = stream->write(chunk);
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kLimit);
  EXPECT_THAT(written.error().hint, HasSubstr("max_buffered"));
  EXPECT_LE(most, std::size_t{1 << 20});
  EXPECT_GT(most, std::size_t{1 << 20} - 11'000);
  EXPECT_EQ(server.handler.limits, std::vector<std::string>{"max_buffered"});
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
  EXPECT_EQ(server.server.buffered(), 0u);
}

TEST(HttpServer, NamesTheKeyOfTheLimitThatItRefusesFor) {
  ServerLimits limits;
  limits.max_body_bytes = 4;
  limits.max_header_bytes = 1000;
  limits.max_headers = 5;
  limits.header_deadline = limits.body_deadline = async::Millis(20);
  std::string fields = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 5; ++i) fields += "F: 1\r\n";
  const std::pair<std::string, std::string> cases[] = {
      {post("12345"), "max_body"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "max_body"},
      {head_of_size(1001), "max_header"},
      {fields + "\r\n", "max_headers"},
      {"GET / HT", "header_timeout"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab", "body_timeout"}};
  for (const auto& [request, key] : cases) {
    TestServer server(limits);
    TestPeer peer(server.loop, server.port);
    peer.send(request);
    ASSERT_TRUE(peer.wait_closed()) << request;
    EXPECT_EQ(server.handler.limits, std::vector<std::string>{key}) << request;
  }
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

// TCP_USER_TIMEOUT of this process's socket that is connected from `port`; 0 when there is none.
unsigned user_timeout_from(std::uint16_t port) {
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    unsigned timeout = 0;
    socklen_t length = sizeof timeout;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &length) == 0) return timeout;
  }
  return 0;
}

TEST(HttpServer, GivesUpAClientThatVanishedWithoutAWord) {
  ServerLimits limits;
  limits.write_deadline = async::Millis(12'345);
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_for("HTTP/1.1 200"));
  EXPECT_EQ(user_timeout_from(peer.local_port()), 12'345u)
      << "its packets cannot be lost here: the kernel must do it";
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

// A client that takes `step` bytes and rests for a millisecond, until its connection ends or it has `wanted`.
std::size_t take_slowly(TestServer& server, TestPeer& peer, std::size_t step, std::size_t wanted) {
  std::string part(step, '\0');
  std::size_t taken = 0;
  while (taken < wanted) {
    server.loop.run_until([] { return false; }, async::Millis(1));
    if (server.server.connections() == 0) break;
    taken += peer.take_some(part);
  }
  return taken;
}

void answer_with(TestServer& server, std::size_t size) {
  server.handler.on_handle = [size](ExchangePtr exchange) {
    exchange->respond({200, {}, Bytes::copy(std::string(size, 'r'))});
  };
}

TEST(HttpServer, CutsAClientThatTakesItsAnswerTooSlowly) {
  ServerLimits limits;
  limits.write_deadline = async::Millis(30);
  limits.min_write_rate = std::size_t{1} << 40;
  TestServer server(limits);
  answer_with(server, 64 << 20);
  TestPeer peer(server.loop, server.port, false);
  peer.send(kGet);
  EXPECT_LT(take_slowly(server, peer, 4 << 10, 64 << 20), std::size_t{64 << 20});
  EXPECT_EQ(server.server.stats().cut, 1u);
}

TEST(HttpServer, WaitsForAClientThatTakesItsAnswerFastEnough) {
  ServerLimits limits;
  limits.write_deadline = async::Millis(5'000);
  limits.min_write_rate = 1;
  TestServer server(limits);
  answer_with(server, 16 << 20);
  TestPeer peer(server.loop, server.port, false);
  peer.send(kGet);
  EXPECT_GE(take_slowly(server, peer, 256 << 10, 16 << 20), std::size_t{16 << 20});
  EXPECT_EQ(server.server.stats().cut, 0u);
}

// Deadlines.

// A byte whenever the server had time to look at the one before.
void trickle(TestServer& server, TestPeer& peer) {
  while (!peer.closed()) {
    peer.send("x");
    server.loop.run_until([&] { return peer.closed(); }, async::Millis(1));
  }
}

TEST(HttpServer, EndsAHeadThatComesByteByByte) {
  ServerLimits limits;
  limits.header_deadline = async::Millis(50);
  limits.max_header_bytes = 1 << 20;
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  peer.send("GET / HTTP/1.1\r\nX: ");
  trickle(server, peer);
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server.server.stats().late, 1u);
}

TEST(HttpServer, EndsABodyThatComesByteByByte) {
  ServerLimits limits;
  limits.body_deadline = async::Millis(50);
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  trickle(server, peer);
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server.server.stats().late, 1u);
}

TEST(HttpServer, ServesAClientThatWasSilentForAWhile) {
  ServerLimits limits;
  limits.rest_after = async::Millis(5);
  TestServer server(limits);
  TestPeer peer(server.loop, server.port);
  for (std::uint64_t round = 1; round <= 3; ++round) {
    peer.send(post("again"));
    ASSERT_TRUE(peer.wait([&] { return peer.count("again") == round; }));
    ASSERT_TRUE(server.wait([&] { return server.server.stats().rested == round; }));
  }
}

TEST(HttpServer, CountsWhatBecameOfItsClients) {
  ServerLimits limits;
  limits.max_connections = 1;
  TestServer server(limits);
  TestPeer first(server.loop, server.port);
  const std::string wire = post("12345");
  first.send(wire);
  ASSERT_TRUE(first.wait_for("12345"));
  EXPECT_EQ(server.server.stats().bytes_in, wire.size());
  EXPECT_EQ(server.server.stats().bytes_out, first.received().size());
  TestPeer second(server.loop, server.port);
  ASSERT_TRUE(second.wait_for("503"));
  first.send("nonsense\r\n\r\n");
  ASSERT_TRUE(first.wait_for("HTTP/1.1 400"));
  const ServerStats& stats = server.server.stats();
  EXPECT_EQ(stats.accepted, 2u);
  EXPECT_EQ(stats.turned_away, 1u);
  EXPECT_EQ(stats.requests, 1u);
  EXPECT_EQ(stats.refused, 1u);
}

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
  EXPECT_EQ(server.handler.limits, std::vector<std::string>{"idle_timeout"});
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

// What a refusal of the connection's own is told about the request: its head, where it was read whole.

std::string origin_of_refusal(const TestServer& server) {
  if (server.handler.refused_heads.size() != 1)
    return "refused " + std::to_string(server.handler.refused_heads.size());
  const auto& head = server.handler.refused_heads[0];
  return head ? std::string(head->headers.get("Origin")) : "unknown";
}

TEST(HttpServer, KnowsTheHeadOfWhatItRefusesByItself) {
  const std::string head = "POST /mcp HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\n";
  for (const std::string& request :
       {head + "Content-Length: 101\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n65\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", head + "Expect: tea\r\n\r\n",
        head + "Content-Length: 5\r\n\r\nabc",
        std::string("POST /mcp/../x HTTP/1.1\r\nHost: x\r\n"
                    "Origin: http://page\r\n\r\n"),
        std::string("POST /mcp HTTP/1.1\r\nOrigin: http://page\r\n\r\n")}) {
    ServerLimits limits;
    limits.max_body_bytes = 100;
    limits.body_deadline = async::Millis(20);
    TestServer server(limits);
    TestPeer peer(server.loop, server.port);
    peer.send(request);
    ASSERT_TRUE(peer.wait_closed()) << request;
    EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 4")) << request;
    EXPECT_EQ(origin_of_refusal(server), "http://page") << request;
  }
}

TEST(HttpServer, KnowsTheHeadOfARequestThatItsHandlerForgot) {
  TestServer server;
  server.handler.on_handle = [](ExchangePtr) {};
  TestPeer peer(server.loop, server.port);
  peer.send("GET /mcp HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\n\r\n");
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_THAT(peer.received(), StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(origin_of_refusal(server), "http://page");
}

TEST(HttpServer, KnowsNothingOfAHeadThatItCouldNotRead) {
  const std::string head = "GET /mcp HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\n";
  for (const std::string& request :
       {head + "X: " + std::string(2000, 'x') + "\r\n\r\n", head + "Host: y\r\n\r\n", head + "X: y\n\r\n",
        head + "a b: c\r\n\r\n"}) {
    ServerLimits limits;
    limits.max_header_bytes = 1000;
    TestServer server(limits);
    TestPeer peer(server.loop, server.port);
    peer.send(request);
    ASSERT_TRUE(peer.wait_closed()) << request;
    EXPECT_EQ(origin_of_refusal(server), "unknown") << request;
  }
}

}  // namespace
}  // namespace mcp::http
