#include "internal/transport/liveness.h"

#include <gtest/gtest.h>

namespace mcp::transport {
namespace {

using Verdict = Liveness::Verdict;

constexpr async::Millis kIdle{1000};
constexpr async::Millis kGrace{100};

struct LivenessTest : testing::Test {
  Liveness::Clock::time_point at(int ms) const { return start + async::Millis(ms); }
  Verdict look(int ms, bool reachable = true) { return liveness.look(at(ms), kIdle, kGrace, reachable); }
  static jsonrpc::Message answer_to(const jsonrpc::Message& question) {
    return jsonrpc::own_message(jsonrpc::make_result(*question.id, "{}"));
  }

  Liveness::Clock::time_point start = Liveness::Clock::now();
  Liveness liveness{start};
};

TEST_F(LivenessTest, ASilentClientIsFineUntilTheIdleTime) {
  EXPECT_EQ(look(999), Verdict::kFine);
  EXPECT_EQ(look(999, false), Verdict::kFine);
}

TEST_F(LivenessTest, OneThatCannotBeAskedIsGone) { EXPECT_EQ(look(1000, false), Verdict::kGone); }

TEST_F(LivenessTest, OneThatCanBeAskedIsAskedOnceAndHasTheGrace) {
  EXPECT_EQ(look(1000), Verdict::kAsk);
  EXPECT_EQ(look(1001), Verdict::kFine);
  EXPECT_EQ(look(1099), Verdict::kFine);
  EXPECT_EQ(look(1100), Verdict::kGone);
}

TEST_F(LivenessTest, WhoeverSaysAnythingMeanwhileLivesOn) {
  EXPECT_EQ(look(1000), Verdict::kAsk);
  liveness.heard(at(1050));
  EXPECT_EQ(look(1100), Verdict::kFine);
  EXPECT_EQ(look(2049), Verdict::kFine);
  EXPECT_EQ(look(2050), Verdict::kAsk);
}

TEST_F(LivenessTest, WhatIsSentToTheClientAnswersNoQuestion) {
  EXPECT_EQ(look(1000), Verdict::kAsk);
  liveness.served(at(1050));
  EXPECT_EQ(look(1100), Verdict::kGone);
}

TEST_F(LivenessTest, AnAnswerToTheClientCountsAsActivity) {
  liveness.served(at(500));
  EXPECT_EQ(look(1499), Verdict::kFine);
  EXPECT_EQ(look(1500), Verdict::kAsk);
}

TEST_F(LivenessTest, OnlyAnswersToItsOwnQuestionsAreIts) {
  jsonrpc::Message first = liveness.question(), second = liveness.question();
  EXPECT_EQ(first.method, "ping");
  EXPECT_NE(first.id, second.id);
  EXPECT_TRUE(liveness.is_answer(answer_to(first)));
  EXPECT_TRUE(liveness.is_answer(answer_to(second)));
  EXPECT_FALSE(liveness.is_answer(first));
  for (const char* text :
       {R"({"jsonrpc":"2.0","id":1,"result":{}})", R"({"jsonrpc":"2.0","id":"q","result":{}})",
        R"({"jsonrpc":"2.0","id":"","result":{}})"}) {
    EXPECT_FALSE(liveness.is_answer(jsonrpc::own_message(Bytes::copy(text)))) << text;
  }
}

}  // namespace
}  // namespace mcp::transport
