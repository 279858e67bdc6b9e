#include "internal/bench/target.h"

#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

TEST(Target, ReadsAPlainUrl) {
  auto target = Target::parse("http://127.0.0.1:8080/servers/a/mcp");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->kind, Target::Kind::kTcp);
  EXPECT_EQ(target->host, "127.0.0.1");
  EXPECT_EQ(target->port, "8080");
  EXPECT_EQ(target->path, "/servers/a/mcp");
  EXPECT_EQ(target->authority(), "127.0.0.1:8080");
}

TEST(Target, KnowsTheUsualPorts) {
  EXPECT_EQ(Target::parse("http://a/mcp")->port, "80");
  EXPECT_EQ(Target::parse("https://a/mcp")->port, "443");
  EXPECT_EQ(Target::parse("https://a/mcp")->kind, Target::Kind::kTls);
  EXPECT_EQ(Target::parse("http://a:81")->path, "/");
}

TEST(Target, ReadsAddressesInBrackets) {
  auto target = Target::parse("http://[::1]:8080/mcp");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "::1");
  EXPECT_EQ(target->authority(), "[::1]:8080");
  EXPECT_EQ(Target::parse("http://[::1]/mcp")->host, "::1");
}

TEST(Target, ReadsAUnixSocketAndThePathBehindIt) {
  auto target = Target::parse("unix:/run/mcp.sock:/servers/a/mcp");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->kind, Target::Kind::kUnix);
  EXPECT_EQ(target->socket_path, "/run/mcp.sock");
  EXPECT_EQ(target->path, "/servers/a/mcp");
  EXPECT_EQ(target->authority(), "localhost");
  EXPECT_EQ(Target::parse("unix:/run/mcp.sock")->path, "/mcp");
}

TEST(Target, RefusesWhatIsNone) {
  for (const char* text : {"", "127.0.0.1:8080", "ftp://a/", "http://", "http://a:/", "http://a:x/",
                           "unix:", "unix:/a:mcp", "http://:80/"}) {
    auto target = Target::parse(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace mcp::bench
