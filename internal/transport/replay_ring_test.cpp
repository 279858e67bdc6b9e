#include "internal/transport/replay_ring.h"

#include <gmock/gmock.h>
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

std::optional<jsonrpc::Id> answer_to(int id) { return jsonrpc::Id::number(id); }
const std::optional<jsonrpc::Id> kNone;

std::shared_ptr<ReplayRoom> room_of(std::size_t bytes) {
  return std::make_shared<ReplayRoom>(ReplayRoom{bytes});
}

TEST(ReplayRing, GivesTheLaterEventsOfTheSameStreamOnly) {
  ReplayRing ring(10, 1000);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ring.add({1, i}, Bytes::copy("a" + std::to_string(i)), kNone);
    ring.add({2, i}, Bytes::copy("b"), kNone);
  }
  auto rest = ring.after({1, 1});
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].event.view(), "a2");
  EXPECT_EQ(rest[1].event.view(), "a3");
  EXPECT_TRUE(ring.after({1, 3}).empty());
  EXPECT_TRUE(ring.after({7, 0}).empty());
}

TEST(ReplayRing, ForgetsTheOldestEventBeyondTheCount) {
  ReplayRing ring(3, 1000);
  for (std::uint64_t i = 1; i <= 3; ++i) ring.add({1, i}, Bytes::copy("x"), kNone);
  EXPECT_EQ(ring.after({1, 0}).size(), 3u);
  ring.add({1, 4}, Bytes::copy("x"), kNone);
  auto rest = ring.after({1, 0});
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].id.number, 2u);
}

TEST(ReplayRing, ForgetsTheOldestEventBeyondTheBytes) {
  ReplayRing ring(100, 10);
  ring.add({1, 1}, Bytes::copy("12345"), kNone);
  ring.add({1, 2}, Bytes::copy("12345"), kNone);
  EXPECT_EQ(ring.size(), 2u);
  ring.add({1, 3}, Bytes::copy("1"), kNone);
  EXPECT_EQ(ring.size(), 2u);
  EXPECT_EQ(ring.bytes(), 6u);
}

TEST(ReplayRing, KeepsTheLatestEventWhateverItsSizeWhileThereIsRoom) {
  auto room = room_of(11);
  ReplayRing ring(100, 10, room);
  ring.add({1, 1}, Bytes::copy("1"), kNone);
  ring.add({1, 2}, Bytes::copy("12345678901"), kNone);
  EXPECT_EQ(ring.size(), 1u);
  EXPECT_EQ(ring.after({1, 0}).at(0).event.view(), "12345678901");
  EXPECT_EQ(room->left, 0u);
  ring.add({1, 3}, Bytes::copy("1"), kNone);
  EXPECT_EQ(room->left, 11u) << "the next event lets the large one go";
  EXPECT_EQ(ring.size(), 1u);
}

TEST(ReplayRing, LetsGoOfALargeEventAfterAWhileAndOfNothingElse) {
  auto room = room_of(20);
  ReplayRing ring(100, 10, room);
  auto before = ReplayRing::Clock::now();
  ring.add({1, 1}, Bytes::copy("small"), std::nullopt);
  auto far_future = before + std::chrono::hours(1);
  ring.let_go_of_large(far_future);
  EXPECT_EQ(ring.size(), 1u);
  ring.add({1, 2}, Bytes::copy("eleven long"), jsonrpc::Id::number(7));
  ring.let_go_of_large(before);
  EXPECT_EQ(ring.bytes(), 11u) << "it was added later than that";
  ring.let_go_of_large(far_future);
  EXPECT_EQ(ring.size(), 0u);
  EXPECT_EQ(room->left, 20u);
  auto found = ring.after({1, 1});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].lost) << "an error stands in its place";
}

TEST(ReplayRing, DoesNotKeepALargeEventThatLacksOneByteOfRoom) {
  auto room = room_of(10);
  ReplayRing ring(100, 10, room);
  ring.add({1, 1}, Bytes::copy("12345678901"), kNone);
  EXPECT_EQ(ring.size(), 0u);
  EXPECT_EQ(ring.bytes(), 0u);
  EXPECT_EQ(room->left, 10u);
}

TEST(ReplayRing, GivesTheRoomBackWithItself) {
  auto room = room_of(20);
  {
    ReplayRing ring(100, 10, room);
    ring.add({1, 1}, Bytes::copy("12345678901"), kNone);
    EXPECT_EQ(room->left, 9u);
  }
  EXPECT_EQ(room->left, 20u);
}

TEST(ReplayRing, PutsAnErrorInThePlaceOfAnAnswerThatItLetGo) {
  ReplayRing ring(2, 1000);
  ring.add({1, 1}, Bytes::copy("progress"), kNone);
  ring.add({1, 2}, Bytes::copy("answer"), answer_to(7));
  ring.add({2, 1}, Bytes::copy("x"), kNone);
  ring.add({2, 2}, Bytes::copy("x"), kNone);
  auto rest = ring.after({1, 0});
  ASSERT_EQ(rest.size(), 1u) << "progress is no answer";
  EXPECT_TRUE(rest[0].lost);
  EXPECT_THAT(std::string(rest[0].event.view()),
              testing::AllOf(testing::StartsWith("id: 1-2\ndata: "), testing::HasSubstr("\"id\":7,\"error\""),
                             testing::HasSubstr("2 events and 1000 bytes"), testing::EndsWith("\n\n")));
  EXPECT_TRUE(ring.after({1, 2}).empty()) << "who has the answer is told nothing";
}

TEST(ReplayRing, KnowsOfAnAnswerThatItNeverKept) {
  ReplayRing none(0, 0);
  none.add({1, 1}, Bytes::copy("answer"), answer_to(1));
  EXPECT_TRUE(none.after({1, 0}).at(0).lost);
  ReplayRing small(10, 3);
  small.add({1, 1}, Bytes::copy("answer"), answer_to(1));
  EXPECT_TRUE(small.after({1, 0}).at(0).lost);
}

TEST(ReplayRing, KnowsOfSoManyAnswersThatItLetGoAndNoMore) {
  ReplayRing ring(0, 0);
  for (std::uint64_t i = 1; i <= ReplayRing::kMaxLost; ++i) ring.add({i, 1}, Bytes::copy("x"), answer_to(1));
  EXPECT_EQ(ring.after({1, 0}).size(), 1u);
  ring.add({5000, 1}, Bytes::copy("x"), answer_to(1));
  EXPECT_TRUE(ring.after({1, 0}).empty());
  EXPECT_EQ(ring.after({2, 0}).size(), 1u);
}

}  // namespace
}  // namespace mcp::transport
