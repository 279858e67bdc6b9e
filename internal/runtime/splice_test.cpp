#include "internal/runtime/splice.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

namespace mcp::runtime {
namespace {

constexpr async::Millis kPatience{10'000};

// peer ↔ [first, Splice, second] ↔ peer.
class SpliceTest : public testing::Test {
 protected:
  void SetUp() override {
    async::StreamSocket first = half(here_), second = half(there_);
    splice_ = std::make_shared<Splice>(loop_, std::move(first), std::move(second), idle_,
                                       [this](Splice::End end) { end_ = end; });
  }
  ~SpliceTest() override {
    ::close(here_);
    ::close(there_);
    splice_->close();
    loop_.run_ready();
  }

  // One end for the splice, the other in `peer`.
  async::StreamSocket half(int& peer) {
    int ends[2] = {};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    peer = ends[0];
    async::StreamSocket socket(loop_.executor());
    socket.assign(async::StreamProtocol(AF_UNIX, 0), ends[1]);
    return socket;
  }

  void say(int peer, std::string_view text) {
    EXPECT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What arrives at `peer`, until it is `size` bytes or the end.
  std::string hear(int peer, std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    loop_.run_until(
        [&] {
          ssize_t more = ::recv(peer, text.data() + got, size - got, 0);
          if (more > 0) got += static_cast<std::size_t>(more);
          return got == size || more == 0 || (more < 0 && errno != EAGAIN);
        },
        kPatience);
    return text.substr(0, got);
  }
  bool at_end(int peer) {
    char byte = 0;
    ssize_t got = -1;
    loop_.run_until([&] { return (got = ::recv(peer, &byte, 1, 0)) >= 0 || errno != EAGAIN; }, kPatience);
    return got == 0;
  }
  bool over() {
    return loop_.run_until([this] { return end_.has_value(); }, kPatience);
  }

  async::Loop loop_;
  async::Millis idle_{0};
  int here_ = -1, there_ = -1;
  std::shared_ptr<Splice> splice_;
  std::optional<Splice::End> end_;
};

TEST_F(SpliceTest, CarriesBytesBothWays) {
  splice_->start();
  say(here_, "question");
  EXPECT_EQ(hear(there_, 8), "question");
  say(there_, "answer");
  EXPECT_EQ(hear(here_, 6), "answer");
  EXPECT_FALSE(end_);
}

TEST_F(SpliceTest, TellsTheEndOfOneSideAndLetsTheOtherGoOn) {
  splice_->start();
  say(here_, "all");
  ::shutdown(here_, SHUT_WR);
  EXPECT_EQ(hear(there_, 3), "all");
  EXPECT_TRUE(at_end(there_));
  EXPECT_FALSE(end_);
  say(there_, "still here");
  EXPECT_EQ(hear(here_, 10), "still here");
  ::shutdown(there_, SHUT_WR);
  EXPECT_TRUE(at_end(here_));
  ASSERT_TRUE(over());
  EXPECT_EQ(end_->forth, 3u);
  EXPECT_EQ(end_->back, 10u);
  EXPECT_FALSE(end_->idle);
}

TEST_F(SpliceTest, SlowsDownWhoeverIsNotRead) {
  splice_->start();
  std::string chunk(64 << 10, 'x');
  std::size_t sent = 0;
  // Until neither the sockets nor the splice take more.
  for (int quiet = 0; quiet < 3;) {
    ssize_t more = ::send(here_, chunk.data(), chunk.size(), MSG_NOSIGNAL);
    quiet = more > 0 ? 0 : quiet + 1;
    if (more > 0) sent += static_cast<std::size_t>(more);
    loop_.run_ready();
    ASSERT_LT(sent, 64u << 20);
  }
  ::shutdown(here_, SHUT_WR);
  EXPECT_EQ(hear(there_, sent), std::string(sent, 'x'));
  EXPECT_TRUE(at_end(there_));
}

TEST_F(SpliceTest, EndsWhenOneSideBreaks) {
  splice_->start();
  say(here_, "x");
  EXPECT_EQ(hear(there_, 1), "x");
  ::close(there_);
  there_ = -1;
  say(here_, "into nothing");
  ASSERT_TRUE(over());
}

TEST_F(SpliceTest, SaysNothingAfterClose) {
  splice_->start();
  splice_->close();
  EXPECT_TRUE(at_end(here_));
  EXPECT_TRUE(at_end(there_));
  EXPECT_FALSE(end_);
}

class IdleSpliceTest : public SpliceTest {
 protected:
  IdleSpliceTest() { idle_ = async::Millis{30}; }
};

TEST_F(IdleSpliceTest, EndsWhenNothingMoves) {
  splice_->start();
  say(here_, "x");
  EXPECT_EQ(hear(there_, 1), "x");
  ASSERT_TRUE(over());
  EXPECT_TRUE(end_->idle);
  EXPECT_EQ(end_->forth, 1u);
}

}  // namespace
}  // namespace mcp::runtime
