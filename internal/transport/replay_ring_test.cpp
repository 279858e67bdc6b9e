#include "internal/transport/replay_ring.h"

#include <gtest/gtest.h>

namespace mcp::transport {
namespace {

TEST(EventId, NamesItsStream) {
  EXPECT_EQ((EventId{3, 17}.text()), "3-17");
  EXPECT_EQ(EventId::parse("3-17"), (EventId{3, 17}));
  for (const char* text : {"", "-", "3", "3-", "-1", "a-1", "3-1x", " 3-1", "99999999999999999999-1"}) {
    EXPECT_FALSE(EventId::parse(text)) << text;
  }
}

TEST(ReplayRing, GivesTheLaterEventsOfTheSameStreamOnly) {
  ReplayRing ring(10, 1000);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ring.add({1, i}, Bytes::copy("a" + std::to_string(i)), i == 3);
    ring.add({2, i}, Bytes::copy("b"), false);
  }
  auto rest = ring.after({1, 1});
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].event.view(), "a2");
  EXPECT_EQ(rest[1].event.view(), "a3");
  EXPECT_TRUE(rest[1].last);
  EXPECT_TRUE(ring.after({1, 3}).empty());
  EXPECT_TRUE(ring.after({7, 0}).empty());
}

TEST(ReplayRing, ForgetsTheOldestEventBeyondTheCount) {
  ReplayRing ring(3, 1000);
  for (std::uint64_t i = 1; i <= 3; ++i) ring.add({1, i}, Bytes::copy("x"), false);
  EXPECT_EQ(ring.after({1, 0}).size(), 3u);
  ring.add({1, 4}, Bytes::copy("x"), false);
  auto rest = ring.after({1, 0});
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].id.number, 2u);
}

TEST(ReplayRing, ForgetsTheOldestEventBeyondTheBytes) {
  ReplayRing ring(100, 10);
  ring.add({1, 1}, Bytes::copy("12345"), false);
  ring.add({1, 2}, Bytes::copy("12345"), false);
  EXPECT_EQ(ring.size(), 2u);
  ring.add({1, 3}, Bytes::copy("1"), false);
  EXPECT_EQ(ring.size(), 2u);
  EXPECT_EQ(ring.bytes(), 6u);
}

TEST(ReplayRing, DoesNotKeepAnEventLargerThanItself) {
  ReplayRing ring(100, 10);
  ring.add({1, 1}, Bytes::copy("1"), false);
  ring.add({1, 2}, Bytes::copy("12345678901"), false);
  EXPECT_EQ(ring.size(), 1u);
}

}  // namespace
}  // namespace mcp::transport
