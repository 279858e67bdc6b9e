#include "internal/tasks/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Randomness that is different each time.
class CountingEnv final : public FakeEnv {
 public:
  std::string random_bytes(std::size_t count) override {
    return std::string(count, static_cast<char>(++drawn_));
  }

 private:
  int drawn_ = 0;
};

class TableTest : public testing::Test {
 protected:
  std::string make(const std::string& owner = "ada", std::optional<std::int64_t> ttl = 1'000) {
    auto created = table->create(owner, ttl);
    return created ? (*created)->id : created.error().message;
  }
  void limit(Limits limits) { table.emplace(env, limits); }

  CountingEnv env;
  std::optional<Table> table{std::in_place, env, Limits{}};
};

TEST_F(TableTest, ATaskBeginsWorkingWithItsTimes) {
  env.now_ms = 5;
  const Record* record = table->at(make("ada", 700));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->status, Status::kWorking);
  EXPECT_EQ(record->created_ms, 5);
  EXPECT_EQ(record->updated_ms, 5);
  EXPECT_EQ(record->ttl_ms, 700);
  EXPECT_EQ(record->id.size(), 32u);
}

TEST_F(TableTest, IdsAreDrawnFromTheRandomSource) { EXPECT_NE(make(), make()); }

TEST_F(TableTest, AWishedTimeToLiveIsKeptWithinBounds) {
  Limits limits;
  limits.default_ttl_ms = 50;
  limits.max_ttl_ms = 100;
  limit(limits);
  EXPECT_EQ(table->at(make("a", std::nullopt))->ttl_ms, 50);
  EXPECT_EQ(table->at(make("a", 101))->ttl_ms, 100);
  EXPECT_EQ(table->at(make("a", 100))->ttl_ms, 100);
  EXPECT_EQ(table->at(make("a", -3))->ttl_ms, 1);
}

TEST_F(TableTest, OnlyTheOwnerFindsIt) {
  std::string id = make("ada");
  EXPECT_NE(table->find(id, "ada"), nullptr);
  EXPECT_EQ(table->find(id, "bob"), nullptr);
  EXPECT_EQ(table->find("no such id", "ada"), nullptr);
}

TEST_F(TableTest, IsGoneWhenItsTimeIsOver) {
  std::string id = make("ada", 10);
  EXPECT_EQ(table->next_expiry_ms(), 10);
  env.now_ms = 9;
  EXPECT_NE(table->find(id, "ada"), nullptr);
  EXPECT_TRUE(table->expired().empty());
  env.now_ms = 10;
  EXPECT_EQ(table->find(id, "ada"), nullptr);
  EXPECT_THAT(table->expired(), ElementsAre(id));
  EXPECT_FALSE(table->move(id, Status::kCancelled));
  EXPECT_TRUE(table->forget(id));
  EXPECT_FALSE(table->forget(id));
  EXPECT_EQ(table->next_expiry_ms(), std::nullopt);
}

TEST_F(TableTest, OneOwnerHoldsNoMoreThanItsShare) {
  Limits limits;
  limits.tasks_per_owner = 2;
  limit(limits);
  make("ada");
  make("ada");
  auto third = table->create("ada", 1'000);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kLimit);
  EXPECT_THAT(third.error().message, HasSubstr("2 are kept for one client"));
  EXPECT_TRUE(table->create("bob", 1'000));
  env.now_ms = 1'000;
  EXPECT_TRUE(table->create("ada", 1'000)) << "what expired makes room";
  EXPECT_EQ(table->size(), 1u);
}

TEST_F(TableTest, AllTogetherAreBounded) {
  Limits limits;
  limits.tasks = 2;
  limit(limits);
  make("a");
  make("b");
  EXPECT_EQ(table->create("c", 1'000).error().code, ErrorCode::kLimit);
}

// 2025-11-25 tasks, "Task Status Lifecycle": every pair of states.
TEST_F(TableTest, OnlyLegalMovesAreMade) {
  constexpr Status kAll[] = {Status::kWorking, Status::kInputRequired, Status::kCompleted, Status::kFailed,
                             Status::kCancelled};
  for (Status from : kAll) {
    for (Status to : kAll) {
      bool live = from == Status::kWorking || from == Status::kInputRequired;
      EXPECT_EQ(may_follow(from, to), live && from != to) << to_string(from) << " → " << to_string(to);
    }
    EXPECT_EQ(parse_status(to_string(from)), from);
  }
  EXPECT_EQ(parse_status("done"), std::nullopt);
}

TEST_F(TableTest, WhatEndedStaysAsItEnded) {
  std::string id = make();
  ASSERT_TRUE(table->move(id, Status::kCancelled, "no longer wanted"));
  auto late = table->finish(id, Status::kCompleted, Bytes::copy("{}"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(late.error().message, HasSubstr("cancelled"));
  EXPECT_FALSE(table->fail(id, "{}", "late"));
  EXPECT_FALSE(table->ask(id, {{"q", "{}"}}));
  EXPECT_EQ(table->at(id)->status, Status::kCancelled);
  EXPECT_EQ(table->at(id)->message, "no longer wanted");
}

TEST_F(TableTest, QuestionsAreAnsweredOneByOne) {
  std::string id = make();
  ASSERT_TRUE(table->ask(id, {{"a", R"({"method":"roots/list"})"}, {"b", "{}"}}));
  EXPECT_EQ(table->at(id)->status, Status::kInputRequired);
  EXPECT_EQ(table->ask(id, {{"a", "{}"}}).error().code, ErrorCode::kExists);
  EXPECT_EQ(table->answered(id, "c").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(table->answered(id, "a"));
  EXPECT_EQ(table->at(id)->status, Status::kInputRequired);
  EXPECT_EQ(table->at(id)->questions.size(), 1u);
  ASSERT_TRUE(table->answered(id, "b"));
  EXPECT_EQ(table->at(id)->status, Status::kWorking);
  EXPECT_EQ(table->parked_bytes(), 0u);
}

TEST_F(TableTest, AResultIsParkedUntilTheTaskIsForgotten) {
  std::string id = make();
  ASSERT_TRUE(table->finish(id, Status::kCompleted, Bytes::copy(R"({"content":[]})")));
  EXPECT_EQ(table->at(id)->result.view(), R"({"content":[]})");
  EXPECT_EQ(table->parked_bytes(), 14u);
  table->forget(id);
  EXPECT_EQ(table->parked_bytes(), 0u);
}

TEST_F(TableTest, AResultThatFindsNoRoomFailsTheTask) {
  Limits limits;
  limits.parked_bytes = 10;
  limit(limits);
  std::string fits = make();
  ASSERT_TRUE(table->finish(fits, Status::kCompleted, Bytes::copy("{\"a\":1234}")));
  table->forget(fits);
  std::string id = make();
  auto parked = table->finish(id, Status::kCompleted, Bytes::copy("{\"a\":12345}"));
  ASSERT_FALSE(parked);
  EXPECT_EQ(parked.error().code, ErrorCode::kLimit);
  EXPECT_EQ(table->at(id)->status, Status::kFailed);
  EXPECT_THAT(table->at(id)->error, HasSubstr("-32603"));
  EXPECT_EQ(table->ask(make(), {{"question", "{}"}}).error().code, ErrorCode::kLimit);
}

TEST_F(TableTest, ListsAnOwnersTasksInPages) {
  std::string a = make("ada");
  make("bob");
  std::string b = make("ada");
  std::string c = make("ada");
  auto first = table->list("ada", 0, 2);
  ASSERT_EQ(first.records.size(), 2u);
  EXPECT_EQ(first.records[0]->id, a);
  EXPECT_EQ(first.records[1]->id, b);
  ASSERT_TRUE(first.next);
  table->forget(b);  // a cursor outlives the task that it names
  auto second = table->list("ada", *first.next, 2);
  ASSERT_EQ(second.records.size(), 1u);
  EXPECT_EQ(second.records[0]->id, c);
  EXPECT_FALSE(second.next);
  EXPECT_THAT(table->of_owner("bob"), testing::SizeIs(1));
}

}  // namespace
}  // namespace mcp::tasks
