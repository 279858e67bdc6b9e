#include "internal/base/env.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mcp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

class RealEnvTest : public testing::Test {
 protected:
  RealEnvTest() {
    std::string pattern = testing::TempDir() + "/env-test-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~RealEnvTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  static int mode(const std::string& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
  }

  std::string directory_;
  Env& env_ = real_env();
};

TEST_F(RealEnvTest, ReadsWhatItWrote) {
  std::string content = std::string("a\0b\n", 4) + std::string(200'000, 'x');
  ASSERT_TRUE(env_.write_file(path("f"), content));
  EXPECT_EQ(env_.read_file(path("f")).value(), content);
  EXPECT_EQ(mode(path("f")), 0600);
  EXPECT_TRUE(env_.exists(path("f")));
}

TEST_F(RealEnvTest, ReplacesAFileWholeAndLeavesNothingBeside) {
  ASSERT_TRUE(env_.write_file(path("f"), "long content"));
  ASSERT_TRUE(env_.write_file(path("f"), "short", 0644));
  EXPECT_EQ(env_.read_file(path("f")).value(), "short");
  auto entries = std::filesystem::directory_iterator(directory_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(RealEnvTest, BoundsWhatItReads) {
  ASSERT_TRUE(env_.write_file(path("f"), std::string(100, 'x')));
  EXPECT_TRUE(env_.read_file(path("f"), 100));
  auto over = env_.read_file(path("f"), 99);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::kLimit);
}

TEST_F(RealEnvTest, TellsWhatIsNotThere) {
  auto missing = env_.read_file(path("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
  EXPECT_EQ(env_.write_file(path("none/f"), "x").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(env_.exists(path("none")));
}

TEST_F(RealEnvTest, FailsToReadADirectory) { EXPECT_FALSE(env_.read_file(directory_)); }

TEST_F(RealEnvTest, LeavesTheOldFileWhenItCannotReplaceIt) {
  ASSERT_TRUE(env_.make_directories(path("d/inner")));
  EXPECT_FALSE(env_.write_file(path("d"), "x"));
  EXPECT_TRUE(env_.exists(path("d/inner")));
  auto entries = std::filesystem::directory_iterator(directory_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(RealEnvTest, MakesDirectoriesWithTheirMode) {
  ASSERT_TRUE(env_.make_directories(path("a/b/c")));
  ASSERT_TRUE(env_.make_directories(path("a/b/c")));
  EXPECT_EQ(mode(path("a")), 0700);
  EXPECT_EQ(mode(path("a/b/c")), 0700);
}

TEST_F(RealEnvTest, MakesNoDirectoryWhereAFileIs) {
  ASSERT_TRUE(env_.write_file(path("f"), "x"));
  EXPECT_FALSE(env_.make_directories(path("f")));
  EXPECT_FALSE(env_.make_directories(path("f/g")));
}

TEST_F(RealEnvTest, SeesVariables) {
  ASSERT_EQ(::setenv("MCP_ENV_TEST", "a=b", 1), 0);
  EXPECT_EQ(env_.variable("MCP_ENV_TEST"), "a=b");
  EXPECT_THAT(env_.variables(), Contains(Pair("MCP_ENV_TEST", "a=b")));
  ::unsetenv("MCP_ENV_TEST");
  EXPECT_EQ(env_.variable("MCP_ENV_TEST"), std::nullopt);
}

TEST(RandomId, IsThirtyTwoHexDigitsAndNeverTwice) {
  std::string one = random_id();
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, random_id());
}

TEST(RandomBytes, AreAsManyAsAsked) {
  for (std::size_t count : {0, 1, 300}) EXPECT_EQ(real_env().random_bytes(count).size(), count);
}

}  // namespace
}  // namespace mcp
