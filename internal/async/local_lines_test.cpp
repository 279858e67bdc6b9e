#include "internal/async/local_lines.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

namespace mcp::async {
namespace {

constexpr Millis kPatience{10'000};

struct LocalLinesTest : testing::Test {
  void SetUp() override {
    std::string name = testing::TempDir() + "local-lines-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory = name;
  }
  void TearDown() override {
    for (int fd : sockets) ::close(fd);
    lines.stop();
    loop.run_ready();
    std::filesystem::remove_all(directory);
  }

  // A connection that does not block; -1: refused.
  int connect() {
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = directory + "/s.sock";
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(fd);
      return -1;
    }
    sockets.push_back(fd);
    return fd;
  }
  static void say(int fd, const std::string& text) {
    ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What comes, until it ends like this or the connection does.
  std::string hear(int fd, const std::string& end, bool* closed = nullptr) {
    std::string got;
    loop.run_until(
        [&] {
          char block[65536];
          ssize_t count = ::recv(fd, block, sizeof block, 0);
          if (count > 0) got.append(block, static_cast<std::size_t>(count));
          bool over = count == 0 || (count < 0 && errno == ECONNRESET);
          if (closed != nullptr) *closed = over;
          return over || (!end.empty() && got.ends_with(end));
        },
        kPatience);
    return got;
  }

  Loop loop;
  std::string directory;
  LocalLines lines{loop, [](std::string_view line) { return "you said " + std::string(line); }, "too many"};
  std::vector<int> sockets;
};

TEST_F(LocalLinesTest, AnswersEachLine) {
  ASSERT_TRUE(lines.listen(directory, "s.sock"));
  int fd = connect();
  say(fd, "one\ntwo\nthr");
  EXPECT_EQ(hear(fd, "two\n"), "you said one\nyou said two\n");
  say(fd, "ee\n");
  EXPECT_EQ(hear(fd, "\n"), "you said three\n");
}

TEST_F(LocalLinesTest, TakesALineOfTheLimitAndEndsWithALongerOne) {
  ASSERT_TRUE(lines.listen(directory, "s.sock"));
  int fd = connect();
  std::string longest(LocalLines::kMaxLine, 'x');
  say(fd, longest + "\n");
  EXPECT_EQ(hear(fd, "\n"), "you said " + longest + "\n");
  bool closed = false;
  say(fd, longest + "x\n");
  EXPECT_EQ(hear(fd, {}, &closed), "");
  EXPECT_TRUE(closed);
}

TEST_F(LocalLinesTest, TellsOneConnectionOverTheLimitAndClosesIt) {
  ASSERT_TRUE(lines.listen(directory, "s.sock"));
  for (std::size_t i = 0; i < LocalLines::kMaxConnections; ++i) ASSERT_GE(connect(), 0);
  ASSERT_TRUE(loop.run_until([&] { return lines.connections() == LocalLines::kMaxConnections; }, kPatience));
  bool closed = false;
  int late = connect();
  say(late, "what it asks\n");
  EXPECT_EQ(hear(late, {}, &closed), "too many\n");
  EXPECT_TRUE(closed);
  say(sockets.front(), "still here\n");
  EXPECT_EQ(hear(sockets.front(), "\n"), "you said still here\n");
}

TEST_F(LocalLinesTest, MakesTheSocketForItsOwnerAloneAndRemovesIt) {
  std::string path = directory + "/s.sock";
  ASSERT_TRUE(lines.listen(directory, "s.sock"));
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  lines.stop();
  EXPECT_NE(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(connect(), -1);
}

TEST_F(LocalLinesTest, ReplacesWhatADeadProcessLeft) {
  std::string path = directory + "/s.sock";
  int fd = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(fd, 0);
  ::close(fd);
  ASSERT_TRUE(lines.listen(directory, "s.sock"));
  int peer = connect();
  say(peer, "hello\n");
  EXPECT_EQ(hear(peer, "\n"), "you said hello\n");
}

TEST_F(LocalLinesTest, TakesADirectoryWhosePathIsLongerThanAnAddress) {
  std::string deep = directory;
  for (int i = 0; i < 4; ++i) deep += "/" + std::string(60, 'd');
  std::filesystem::create_directories(deep);
  ASSERT_TRUE(lines.listen(deep, "s.sock"));
  EXPECT_TRUE(std::filesystem::is_socket(deep + "/s.sock"));
}

TEST_F(LocalLinesTest, SaysThatADirectoryIsMissing) {
  auto listening = lines.listen(directory + "/none", "s.sock");
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mcp::async
