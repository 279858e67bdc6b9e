#include "internal/http/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/address.h"
#include "internal/http/test_fetch.h"
#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using testing::fetch;
using ::testing::HasSubstr;
using testing::request_to;
using testing::TestHandler;

struct UnixSocket : ::testing::Test {
  UnixSocket() {
    std::string name = ::testing::TempDir() + "mcp_XXXXXX";
    directory = ::mkdtemp(name.data());
    path = directory + "/s";
  }
  ~UnixSocket() override {
    ::unlink(path.c_str());
    ::rmdir(directory.c_str());
  }

  ErrorCode refusal_of(const std::string& where) {
    Server another(loop, handler);
    auto port = another.listen("unix:" + where);
    return port ? ErrorCode::kInternal : port.error().code;
  }
  bool exists() const { return ::access(path.c_str(), F_OK) == 0; }

  std::string directory, path;
  async::Loop loop;
  TestHandler handler;
};

TEST_F(UnixSocket, ServesTheClientsThatNameIt) {
  Server server(loop, handler);
  ASSERT_TRUE(server.listen("unix:" + path));
  Client client(loop);
  for (std::string body : {"one", "two"}) {
    auto got = fetch(loop, client, request_to("unix:" + path + ":/mcp?x=1", body));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, body);
  }
  EXPECT_EQ(client.idle_connections(), 1u);
  EXPECT_EQ(server.stats().accepted, 1u);
  EXPECT_EQ(handler.heads[0].peer, "unix");
  EXPECT_EQ(handler.heads[0].target, "/mcp?x=1");
  EXPECT_EQ(handler.heads[0].headers.get("Host"), "localhost");
}

TEST_F(UnixSocket, CarriesMegabytesBothWays) {
  Server server(loop, handler);
  ASSERT_TRUE(server.listen("unix:" + path));
  Client client(loop);
  std::string body(9 << 20, 'm');
  auto got = fetch(loop, client, request_to("unix:" + path + ":/mcp", body));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(got->body == body);
}

TEST_F(UnixSocket, IsItsOwnersAloneAndGoesWithTheServer) {
  {
    Server server(loop, handler);
    ASSERT_TRUE(server.listen("unix:" + path));
    struct stat made {};
    ASSERT_EQ(::lstat(path.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 07777, 0600u);
    EXPECT_TRUE(S_ISSOCK(made.st_mode));
  }
  EXPECT_FALSE(exists());
}

TEST_F(UnixSocket, TakesThePlaceOfADeadOne) {
  auto abandoned = std::make_unique<SocketFile>();
  int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_TRUE(abandoned->bind(descriptor, path));
  ::close(descriptor);  // as a killed process leaves it
  ASSERT_TRUE(exists());
  Server server(loop, handler);
  ASSERT_TRUE(server.listen("unix:" + path));
  abandoned.reset();
  EXPECT_TRUE(exists()) << "the file is another one now";
  Client client(loop);
  EXPECT_TRUE(fetch(loop, client, request_to("unix:" + path + ":/mcp", "x")));
}

TEST_F(UnixSocket, LeavesALiveOneAndOtherFilesAlone) {
  Server server(loop, handler);
  ASSERT_TRUE(server.listen("unix:" + path));
  EXPECT_EQ(refusal_of(path), ErrorCode::kExists);
  Client client(loop);
  EXPECT_TRUE(fetch(loop, client, request_to("unix:" + path + ":/mcp", "x")));
  server.close();
  std::ofstream(path) << "notes";
  EXPECT_EQ(refusal_of(path), ErrorCode::kExists);
  EXPECT_TRUE(exists());
}

TEST_F(UnixSocket, NeedsADirectory) { EXPECT_EQ(refusal_of(directory + "/none/s"), ErrorCode::kIo); }

TEST(SocketPath, IsAbsoluteAndFitsTheSystem) {
  EXPECT_TRUE(parse_listen_address("unix:/" + std::string(kMaxSocketPath - 1, 'p')));
  for (const std::string& wrong : {"unix:/" + std::string(kMaxSocketPath, 'p'), std::string("unix:"),
                                   std::string("unix:run/s"), std::string("unix:/run/")}) {
    auto refused = parse_listen_address(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
    EXPECT_NE(refused.error().hint, "");
  }
}

TEST_F(UnixSocket, ThatNobodyListensOnIsUnavailable) {
  Client client(loop);
  auto refused = fetch(loop, client, request_to("unix:" + path + ":/mcp", "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr(path));
}

}  // namespace
}  // namespace mcp::http
