#include "internal/gateway/log_levels.h"

#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

TEST(LogLevels, TheMostTalkativeWins) {
  LogLevels levels;
  levels.want("ada", "error");
  EXPECT_EQ(levels.loudest(false), "error");
  levels.want("bob", "debug");
  EXPECT_EQ(levels.loudest(false), "debug");
  levels.want("bob", "alert");
  EXPECT_EQ(levels.loudest(false), "error");
  levels.forget("ada");
  EXPECT_EQ(levels.loudest(false), "alert");
}

TEST(LogLevels, WhoSetNoneIsServedFromInfoOn) {
  LogLevels levels;
  EXPECT_EQ(levels.loudest(true), "info");
  levels.want("ada", "error");
  EXPECT_EQ(levels.loudest(true), "info");
  levels.want("ada", "debug");
  EXPECT_EQ(levels.loudest(true), "debug");
}

TEST(LogLevels, NobodyListeningIsEmergency) {
  LogLevels levels;
  EXPECT_EQ(levels.loudest(false), "emergency");
  levels.want("ada", "debug");
  levels.forget("ada");
  levels.forget("ada");
  EXPECT_EQ(levels.loudest(false), "emergency");
  EXPECT_TRUE(levels.empty());
}

TEST(LogLevels, AnUnknownLevelIsNone) {
  LogLevels levels;
  levels.want("ada", "loud");
  EXPECT_TRUE(levels.empty());
}

}  // namespace
}  // namespace mcp::gateway
