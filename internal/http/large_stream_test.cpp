// Streams whose chunks are larger than the queue.
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using testing::TestPeer;
using testing::TestServer;

constexpr std::size_t kQueue = 100'000;
constexpr std::size_t kLarge = 32 << 20;  // more than socket buffers hold

struct LargeStream : ::testing::Test {
  LargeStream() {
    server.handler.on_handle = [this](ExchangePtr exchange) {
      stream = std::move(exchange);
      stream->open_stream(200, {});
    };
  }
  static ServerLimits limits() {
    ServerLimits limits;
    limits.max_stream_queue_bytes = kQueue;
    return limits;
  }
  std::unique_ptr<TestPeer> open(bool reads) {
    auto peer = std::make_unique<TestPeer>(server.loop, server.port, reads);
    peer->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(server.wait([this] { return stream != nullptr; }));
    return peer;
  }

  TestServer server{limits()};
  ExchangePtr stream;
  Bytes large = Bytes::adopt(std::string(kLarge, 's'));
};

TEST_F(LargeStream, AChunkLargerThanTheQueueIsSent) {
  auto peer = open(true);
  ASSERT_TRUE(stream->write(large));
  stream->end();
  // Its length in front, the end of the chunk, the last chunk.
  std::size_t whole = kLarge + std::string("2000000\r\n\r\n0\r\n\r\n").size();
  EXPECT_TRUE(peer->wait([&] { return peer->received().size() > whole; }));
  EXPECT_TRUE(peer->wait([&] { return peer->received().ends_with("s\r\n0\r\n\r\n"); }));
}

TEST_F(LargeStream, WhileALargeChunkWaitsTheNextIsRefused) {
  auto peer = open(false);
  ASSERT_TRUE(stream->write(large));
  auto second = stream->write(Bytes::copy("x"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kLimit);
  EXPECT_TRUE(stream->disconnected());
}

TEST_F(LargeStream, ThePartsOfAChunkTravelInOrderAsOne) {
  auto peer = open(true);
  Bytes middle = Bytes::adopt(std::string(Rope::kShareFrom, 'm'));
  Rope rope = Rope::frame("<a>", middle, "<b>");
  ASSERT_EQ(rope.parts(), 3u);
  ASSERT_TRUE(stream->write(rope));
  stream->end();
  std::string wanted = "\r\n10006\r\n<a>" + std::string(middle.view()) + "<b>\r\n0\r\n\r\n";
  EXPECT_TRUE(peer->wait_for(wanted));
}

TEST(LargeAnswer, ThePartsOfABodyTravelInOrder) {
  TestServer server;
  Bytes middle = Bytes::adopt(std::string(Rope::kShareFrom, 'm'));
  server.handler.on_handle = [&](ExchangePtr exchange) {
    exchange->respond({200, {}, Rope::frame("<a>", middle, "<b>")});
  };
  TestPeer peer(server.loop, server.port);
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(peer.wait_for("\r\n\r\n<a>" + std::string(middle.view()) + "<b>"));
  EXPECT_NE(peer.received().find("Content-Length: 65542\r\n"), std::string::npos);
}

}  // namespace
}  // namespace mcp::http
