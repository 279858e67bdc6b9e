#include "internal/runtime/breaker.h"

#include <gtest/gtest.h>

namespace mcp::runtime {
namespace {

using Millis = Breaker::Millis;
using State = Breaker::State;

const Error kRefused{ErrorCode::kUnavailable, "connection refused", {}};

class BreakerTest : public testing::Test {
 protected:
  // 0.5: no jitter at all.
  Breaker breaker{Breaker::Outside{[this] { return now; }, [this] { return chance; }}};
  Breaker::Clock::time_point now{};
  double chance = 0.5;

  void fail_calls(int count) {
    for (int i = 0; i < count; ++i) breaker.call_failed(kRefused);
  }
};

TEST_F(BreakerTest, OpensAtTheThresholdAndNotBefore) {
  fail_calls(Breaker::kThreshold - 1);
  EXPECT_TRUE(breaker.allows());
  EXPECT_TRUE(breaker.call_failed(kRefused));
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_EQ(breaker.last_error()->message, "connection refused");
  EXPECT_FALSE(breaker.call_failed(kRefused));  // a straggler opens nothing twice
}

TEST_F(BreakerTest, CountsOnlyFailuresInARow) {
  for (int i = 0; i < 10; ++i) {
    fail_calls(Breaker::kThreshold - 1);
    breaker.answered();
  }
  EXPECT_TRUE(breaker.allows());
}

TEST_F(BreakerTest, IsTriedAfterItsWaitAndClosesWhenTheProbeIsAnswered) {
  fail_calls(Breaker::kThreshold);
  EXPECT_EQ(breaker.retry_in(), Millis{1000});
  now += Millis{400};
  EXPECT_EQ(breaker.retry_in(), Millis{600});
  EXPECT_EQ(breaker.down_for(), Millis{400});
  breaker.probe();
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_FALSE(breaker.allows());
  breaker.probe_answered();
  EXPECT_TRUE(breaker.allows());
}

TEST_F(BreakerTest, AProbeThatFailsOpensItForAMomentAndThenForLonger) {
  now += Millis{3'600'000};
  EXPECT_EQ(breaker.probe_failed(kRefused), Millis{1000});
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_EQ(breaker.down_for(), Millis{0});
  now += Millis{1000};
  breaker.probe();
  EXPECT_EQ(breaker.probe_failed(kRefused), Millis{2000});
  EXPECT_EQ(breaker.down_for(), Millis{1000});
}

TEST_F(BreakerTest, OpensAtTheFirstFailureAfterAProbeForLonger) {
  fail_calls(Breaker::kThreshold);
  breaker.probe();
  breaker.probe_answered();
  EXPECT_TRUE(breaker.call_failed(kRefused));
  EXPECT_EQ(breaker.retry_in(), Millis{2000});
}

TEST_F(BreakerTest, AnAnsweredCallEndsTheTrial) {
  fail_calls(Breaker::kThreshold);
  breaker.probe();
  breaker.probe_answered();
  breaker.answered();
  EXPECT_FALSE(breaker.call_failed(kRefused));
}

TEST_F(BreakerTest, ProbesThatFailComeEverLaterUpToAMinute) {
  fail_calls(Breaker::kThreshold);
  Millis wait{0};
  for (int i = 0; i < 10; ++i) {
    breaker.probe();
    wait = breaker.start_failed(kRefused);
    EXPECT_EQ(breaker.state(), State::kOpen);
  }
  EXPECT_EQ(wait, Backoff::kLongest);
}

TEST_F(BreakerTest, OneLossDoesNotOpenItAFailedStartDoes) {
  EXPECT_EQ(breaker.lost(kRefused, Millis{0}), Millis{1000});
  EXPECT_TRUE(breaker.allows());
  EXPECT_EQ(breaker.start_failed(kRefused), Millis{2000});
  EXPECT_EQ(breaker.state(), State::kOpen);
}

TEST_F(BreakerTest, LossesInARowWithoutAnAnswerOpenIt) {
  for (int i = 1; i < Breaker::kThreshold; ++i) breaker.lost(kRefused, Millis{0});
  EXPECT_TRUE(breaker.allows());
  breaker.lost(kRefused, Millis{0});
  EXPECT_EQ(breaker.state(), State::kOpen);
}

TEST_F(BreakerTest, AStableRunIsStartedAgainAtOnce) {
  for (int i = 1; i < Breaker::kThreshold; ++i) breaker.lost(kRefused, Millis{0});
  EXPECT_EQ(breaker.lost(kRefused, Backoff::kStable), Millis{0});
  EXPECT_TRUE(breaker.allows());
}

TEST_F(BreakerTest, StableRunsInARowOpenNothingAndWaitForNothing) {
  for (int i = 0; i < 3 * Breaker::kThreshold; ++i) {
    EXPECT_EQ(breaker.lost(kRefused, Backoff::kStable), Millis{0});
    EXPECT_TRUE(breaker.allows());
  }
  EXPECT_EQ(breaker.start_failed(kRefused), Millis{1000});
}

TEST_F(BreakerTest, AStableTimeAfterAnOpeningStartsTheWaitsOver) {
  for (int i = 0; i < 5; ++i) breaker.start_failed(kRefused);
  breaker.probe();
  breaker.probe_answered();
  now += Backoff::kStable;
  EXPECT_TRUE(breaker.call_failed(kRefused));  // on trial still
  EXPECT_EQ(breaker.retry_in(), Millis{1000});
  breaker.probe();
  EXPECT_EQ(breaker.start_failed(kRefused), Millis{2000});
}

TEST_F(BreakerTest, SpreadsItsWaits) {
  chance = 0;
  EXPECT_EQ(breaker.start_failed(kRefused), Millis{800});
  chance = 0.999999;
  auto wait = breaker.start_failed(kRefused);
  EXPECT_GT(wait, Millis{2300});
  EXPECT_LE(wait, Millis{2400});
}

TEST_F(BreakerTest, TellsSinceWhenTheServerIsDownNotSinceTheLastAttempt) {
  breaker.start_failed(kRefused);
  now += Millis{5000};
  breaker.probe();
  breaker.start_failed(kRefused);
  EXPECT_EQ(breaker.down_for(), Millis{5000});
}

}  // namespace
}  // namespace mcp::runtime
