#include "internal/http/acceptor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

namespace mcp::http {
namespace {

constexpr async::Millis kPatience{10'000};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

UniqueFd connected(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to = loopback(port);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return socket;
}

struct AcceptorTest : testing::Test {
  async::Loop loop;
  std::vector<std::string> peers;
  std::shared_ptr<Acceptor> acceptor = std::make_shared<Acceptor>(
      loop, [this](async::StreamSocket, const std::string& peer) { peers.push_back(peer); });
  ~AcceptorTest() override { acceptor->stop(); }

  bool wait(std::size_t count) {
    return loop.run_until([&] { return peers.size() == count; }, kPatience);
  }
};

TEST_F(AcceptorTest, TakesOverASocketThatListens) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(socket.get(), 8), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_TRUE(acceptor->adopt(std::move(socket)));
  UniqueFd peer = connected(ntohs(address.sin_port));
  ASSERT_TRUE(wait(1));
  EXPECT_TRUE(peers[0].starts_with("127.0.0.1:"));
}

TEST_F(AcceptorTest, RefusesWhatIsNoSocket) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  EXPECT_FALSE(acceptor->adopt(std::move(read_end)));
}

TEST_F(AcceptorTest, LeavesConnectionsWaitingDuringAPauseAndTakesThemAfterIt) {
  auto port = acceptor->open({async::asio::ip::address_v4::loopback(), 0});
  ASSERT_TRUE(port);
  UniqueFd first = connected(*port);
  ASSERT_TRUE(wait(1));
  // What is under way is the one that was being waited for.
  acceptor->pause(async::Millis{20});
  UniqueFd second = connected(*port), third = connected(*port);
  EXPECT_TRUE(wait(3));
}

}  // namespace
}  // namespace mcp::http
