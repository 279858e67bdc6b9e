#include "internal/gateway/access_log.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/log.h"

namespace mcp::gateway {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct AccessLogTest : ::testing::Test {
  void SetUp() override { log::configure(log::Level::kInfo, log::Format::kLogfmt); }
  void TearDown() override { log::configure(log::Level::kWarn, log::Format::kLogfmt); }

  static CallLine line() {
    CallLine line;
    line.request = "\"a b\"";
    line.session = "s7";
    line.principal = "alice";
    line.server = "files";
    line.method = "tools/call";
    line.name = "files__read";
    line.duration = microseconds(1500);
    line.bytes_in = 10;
    line.bytes_out = 20;
    return line;
  }
  async::Loop loop;
};

TEST_F(AccessLogTest, WritesIdsNamesAndCounts) {
  AccessLog log(loop);
  ::testing::internal::CaptureStderr();
  log.write(line());
  log.flush();
  std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text,
              HasSubstr("level=info msg=call request=\"\\\"a b\\\"\" session=s7 principal=alice server=files "
                        "method=tools/call name=files__read outcome=ok ms=1.500 bytes_in=10 bytes_out=20\n"));
  EXPECT_THAT(text, Not(HasSubstr("uri=")));
}

TEST_F(AccessLogTest, GathersLinesUntilTheDelayIsOver) {
  AccessLog log(loop);
  ::testing::internal::CaptureStderr();
  log.write(line());
  log.write(line());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(loop.run_until([&] { return log.empty(); }, async::Millis{10'000}));
  std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(AccessLogTest, WritesAtOnceWhenMuchHasGathered) {
  AccessLog log(loop);
  ::testing::internal::CaptureStderr();
  for (std::size_t i = 0; i < AccessLog::kFlushBytes / 100; ++i) log.write(line());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(IsEmpty()));
}

TEST_F(AccessLogTest, WritesWhatHasGatheredAheadOfAWarning) {
  AccessLog log(loop);
  ::testing::internal::CaptureStderr();
  log.write(line());
  log::debug("said by nobody");
  EXPECT_FALSE(log.empty());
  log::warn("later");
  EXPECT_TRUE(log.empty());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::MatchesRegex("[^\n]*msg=call [^\n]*\n[^\n]*msg=later\n"));
}

TEST_F(AccessLogTest, ShortensWhatAClientWrote) {
  AccessLog log(loop);
  CallLine call = line();
  std::string longest(200, 'x'), longer(201, 'y');
  call.name = longest;
  call.uri = longer;
  ::testing::internal::CaptureStderr();
  log.write(call);
  log.flush();
  std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("name=" + longest + " "));
  EXPECT_THAT(text, HasSubstr("uri=" + longer.substr(0, 200) + "… "));
}

TEST_F(AccessLogTest, SaysNothingAboveItsLevel) {
  log::configure(log::Level::kWarn, log::Format::kLogfmt);
  AccessLog log(loop);
  ::testing::internal::CaptureStderr();
  log.write(line());
  log.flush();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
}

TEST(SlowCalls, AreThoseOfTheLimitAndAbove) {
  SlowCalls slow;
  EXPECT_FALSE(slow.is_slow(milliseconds(1'000'000))) << "0: none is too slow";
  slow.limit(milliseconds(100));
  EXPECT_FALSE(slow.is_slow(milliseconds(100) - std::chrono::nanoseconds(1)));
  EXPECT_TRUE(slow.is_slow(milliseconds(100)));
}

TEST(SlowCalls, AreSaidAtMostSoOftenASecond) {
  SlowCalls slow;
  CallLine call;
  call.method = "tools/call";
  ::testing::internal::CaptureStderr();
  auto now = SlowCalls::Clock::now();
  for (int i = 0; i < SlowCalls::kLinesASecond + 3; ++i) slow.warn(call, now);
  std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), SlowCalls::kLinesASecond);
  EXPECT_THAT(text, HasSubstr("level=warn msg=\"slow call\" method=tools/call outcome=ok"));
  ::testing::internal::CaptureStderr();
  slow.warn(call, now + std::chrono::seconds(1));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("more=3"));
}

}  // namespace
}  // namespace mcp::gateway
