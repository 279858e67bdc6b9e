#include "cmd/mcp/state_lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::cmd {
namespace {

class StateLockTest : public testing::Test {
 protected:
  StateLockTest() { directory = ::mkdtemp(pattern); }
  ~StateLockTest() override { std::filesystem::remove_all(directory); }

  std::string acquired() {
    testing::internal::CaptureStderr();
    EXPECT_TRUE(StateLock::acquire(real_env(), directory));
    return testing::internal::GetCapturedStderr();
  }

  char pattern[32] = "/tmp/mcp-state-XXXXXX";
  std::string directory;
};

// DESIGN: directories of state are 0700. One that was there may be anything.
TEST_F(StateLockTest, NamesADirectoryThatOthersMayWrite) {
  EXPECT_EQ(acquired(), "");
  EXPECT_EQ(strangers_who_write(directory), "");
  ASSERT_EQ(::chmod(directory.c_str(), 0770), 0);
  EXPECT_EQ(strangers_who_write(directory), "its group");
  ASSERT_EQ(::chmod(directory.c_str(), 0777), 0);
  EXPECT_THAT(acquired(), testing::AllOf(testing::HasSubstr("can be written by everyone"),
                                         testing::HasSubstr(directory), testing::HasSubstr("chmod 700")));
  EXPECT_EQ(strangers_who_write(directory + "/none"), "");
}

TEST_F(StateLockTest, HasOneHolder) {
  auto first = StateLock::acquire(real_env(), directory);
  ASSERT_TRUE(first);
  first->describe("pid 7");
  auto second = StateLock::acquire(real_env(), directory);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_THAT(second.error().message, testing::HasSubstr("another gateway (pid 7)"));
}

}  // namespace
}  // namespace mcp::cmd
