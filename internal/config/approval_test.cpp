#include "internal/config/approval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/config/load.h"
#include "internal/config/server_entry.h"

namespace mcp::config {
namespace {

using testing::ElementsAre;

struct ApprovalTest : testing::Test {
  FakeEnv env;
  Approvals approvals{env, "/state/mcp"};
};

TEST_F(ApprovalTest, AFileIsUnknownUntilItIsApproved) {
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", "a"), false);
  ASSERT_TRUE(approvals.approve("/proj/mcp.toml", "a"));
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", "a"), true);
}

TEST_F(ApprovalTest, OtherContentOrAnotherPathNeedsItsOwnApproval) {
  ASSERT_TRUE(approvals.approve("/proj/mcp.toml", "a"));
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", "b"), false);
  EXPECT_EQ(approvals.is_approved("/other/mcp.toml", "a"), false);
}

TEST_F(ApprovalTest, TheListIsPrivateAndHasAHashAndAPathALine) {
  ASSERT_TRUE(approvals.approve("/proj/my project/mcp.toml", "abc"));
  EXPECT_EQ(env.files["/state/mcp/approved"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad /proj/my project/mcp.toml\n");
  EXPECT_EQ(env.modes["/state/mcp/approved"], 0600);
  EXPECT_EQ(env.modes["/state/mcp"], 0700);
}

TEST_F(ApprovalTest, ForgetsTheOldestBeyondTheLimit) {
  for (std::size_t i = 0; i <= Approvals::kMax; ++i)
    ASSERT_TRUE(approvals.approve("/proj/mcp.toml", std::to_string(i)));
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", "0"), false);
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", "1"), true);
  EXPECT_EQ(approvals.is_approved("/proj/mcp.toml", std::to_string(Approvals::kMax)), true);
}

TEST_F(ApprovalTest, APathThatWouldForgeALineIsRefused) {
  EXPECT_FALSE(approvals.approve("/proj/a\nb/mcp.toml", "a"));
}

TEST_F(ApprovalTest, AListThatCannotBeReadApprovesNothing) {
  env.failing["/state/mcp/approved"] = ErrorCode::kDenied;
  EXPECT_FALSE(approvals.is_approved("/proj/mcp.toml", "a"));
  EXPECT_FALSE(approvals.approve("/proj/mcp.toml", "a"));
}

TEST_F(ApprovalTest, WithoutAStateDirectoryNothingCanBeApproved) {
  EXPECT_FALSE(Approvals(env, "").approve("/proj/mcp.toml", "a"));
}

TEST_F(ApprovalTest, TheSummaryShowsWhatWouldBeStartedAndNoSecret) {
  Schema schema{{servers_section({"time"})}};
  Report report;
  auto document = parse_file(schema, "/proj/mcp.toml", R"(
[servers.files]
command = "npx"
args = ["-y", "two words", "\u001b[2J"]
env = { TOKEN = "s3cret", KEY = "env:OTHER", LD_PRELOAD = "/x/evil.so" }
directory = "/somewhere"
[servers.web]
url = "https://mcp.example.com/mcp"
headers = { Authorization = "Bearer ${file:/root/key}", X = "s3cret" }
[servers.clock]
builtin = "time"
[servers.other]
enabled = false
)",
                             report);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(
      summarise(document),
      ElementsAre(
          "files: runs npx -y \"two words\" \"\\u001b[2J\" in the directory /somewhere with the variables "
          "TOKEN=(hidden), KEY=env:OTHER, LD_PRELOAD=/x/evil.so",
          "web: connects to https://mcp.example.com/mcp with the fields "
          "Authorization=Bearer ${file:/root/key}, X=(hidden)",
          "clock: is built-in time", "other: changes a server declared elsewhere"));
}

}  // namespace
}  // namespace mcp::config
