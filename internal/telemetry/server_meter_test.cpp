#include "internal/telemetry/server_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kMethods[] = {"tools/call", "ping", "other"};

TEST(ServerMeter, CountsByMethodAndOutcome) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  meter.count({.method = 0, .end = CallEnd::kOk, .seconds = 0.002, .bytes_in = 10, .bytes_out = 100});
  meter.count({.method = 0, .end = CallEnd::kIsError, .seconds = 0.002, .bytes_in = 5, .bytes_out = 0});
  meter.count({.method = 1});
  std::string text = registry.text();
  EXPECT_THAT(text,
              HasSubstr("mcp_requests_total{method=\"tools/call\",outcome=\"ok\",server=\"files\"} 1\n"));
  EXPECT_THAT(
      text, HasSubstr("mcp_requests_total{method=\"tools/call\",outcome=\"isError\",server=\"files\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mcp_requests_total{method=\"ping\",outcome=\"ok\",server=\"files\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mcp_request_bytes_total{server=\"files\"} 15\n"));
  EXPECT_THAT(text, HasSubstr("mcp_response_bytes_total{server=\"files\"} 100\n"));
  EXPECT_THAT(text, HasSubstr("mcp_request_duration_seconds_count{server=\"files\"} 2\n"));
  EXPECT_EQ(meter.calls(), 3u);
  EXPECT_EQ(meter.errors(), 1u);
}

TEST(ServerMeter, MakesASeriesOnlyWhenItCounts) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  EXPECT_THAT(registry.text(), Not(HasSubstr("outcome=\"ok\"")));
}

TEST(ServerMeter, BeginsLossesAtNothingSoThatTheFirstIsAnIncrease) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  for (std::string_view method : kMethods) {
    EXPECT_THAT(registry.text(), HasSubstr("mcp_requests_total{method=\"" + std::string(method) +
                                           "\",outcome=\"transport\",server=\"files\"} 0\n"));
  }
}

TEST(ServerMeter, CountsEveryOtherMethodAsOne) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  meter.count({.method = 2});
  meter.count({.method = 99});
  EXPECT_THAT(registry.text(),
              HasSubstr("mcp_requests_total{method=\"other\",outcome=\"ok\",server=\"files\"} 2\n"));
}

TEST(ServerMeter, DoesNotBlameAServerForCancelledCalls) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  meter.count({.method = 0, .end = CallEnd::kCancelled});
  EXPECT_EQ(meter.errors(), 0u);
  meter.count({.method = 0, .end = CallEnd::kTransport});
  EXPECT_EQ(meter.errors(), 1u);
}

TEST(ServerMeter, CountsStartsAndRestarts) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  meter.started(false);
  meter.started(true);
  EXPECT_THAT(registry.text(), HasSubstr("mcp_server_starts_total{server=\"files\"} 2\n"));
  EXPECT_THAT(registry.text(), HasSubstr("mcp_server_restarts_total{server=\"files\"} 1\n"));
}

TEST(ServerMeter, TellsDurationsByBucket) {
  Registry registry;
  ServerMeter meter(registry, "files", kMethods);
  meter.count({.method = 0, .seconds = 0.0002});
  meter.count({.method = 0, .seconds = 1000});
  auto counts = meter.durations();
  ASSERT_EQ(counts.size(), duration_bounds().size() + 1);
  EXPECT_EQ(counts[1], 1u);
  EXPECT_EQ(counts.back(), 1u);
  EXPECT_EQ(counts[0], 0u);
}

}  // namespace
}  // namespace mcp::telemetry
