#include "cmd/mcp/control_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace mcp::cmd {
namespace {

// A control socket by hand: connections wait in its backlog until they are accepted.
struct ControlClientTest : testing::Test {
  void SetUp() override {
    std::string name = testing::TempDir() + "control-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory = name;
    listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (directory + "/" + kControlSocket).copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
  }
  void TearDown() override {
    ::close(listener);
    std::filesystem::remove_all(directory);
  }
  // The gateway's end says this, and closes.
  void answer(const std::string& text) const {
    int fd = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    ::close(fd);
  }

  std::string directory;
  int listener = -1;
};

TEST_F(ControlClientTest, SaysThatTooManyAskTheGateway) {
  auto client = ControlClient::connect(directory);
  ASSERT_TRUE(client);
  answer(std::string(kControlFull) + "\n");
  auto refused = client->ask("{}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message, "too many connections to the gateway's control socket");
  EXPECT_NE(refused.error().hint, "");
}

TEST_F(ControlClientTest, SaysThatTheGatewayWentAway) {
  auto client = ControlClient::connect(directory);
  ASSERT_TRUE(client);
  answer("");
  auto refused = client->ask("{}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the gateway went away");
}

}  // namespace
}  // namespace mcp::cmd
