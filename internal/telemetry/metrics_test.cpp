#include "internal/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::telemetry {
namespace {

using testing::HasSubstr;

TEST(Registry, CountsBySeries) {
  Registry registry;
  registry.counter("calls_total", "Calls.", {{"server", "files"}}).add();
  registry.counter("calls_total", "Calls.", {{"server", "files"}}).add(2);
  registry.counter("calls_total", "Calls.", {{"server", "web"}}).add();
  std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("# HELP calls_total Calls.\n# TYPE calls_total counter\n"));
  EXPECT_THAT(text, HasSubstr("calls_total{server=\"files\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("calls_total{server=\"web\"} 1\n"));
}

TEST(Registry, EscapesLabelValues) {
  Registry registry;
  registry.gauge("g", "h", {{"name", "a\"b\\c\nd"}}).set(1);
  EXPECT_THAT(registry.text(), HasSubstr("g{name=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Registry, PutsDurationsIntoCumulativeBuckets) {
  Registry registry;
  auto seconds = registry.histogram("call_seconds", "Time.", {}, duration_bounds());
  seconds.observe(0.0002);
  seconds.observe(0.002);
  seconds.observe(100);
  std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("call_seconds_bucket{le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("call_seconds_bucket{le=\"0.00025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("call_seconds_bucket{le=\"0.0025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("call_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("call_seconds_count 3\n"));
}

TEST(Registry, ReadsGaugesOffBeforeEachText) {
  Registry registry;
  int sessions = 0;
  Gauge gauge = registry.gauge("sessions", "Open sessions.");
  registry.before_text([&] { gauge.set(sessions); });
  sessions = 7;
  EXPECT_THAT(registry.text(), HasSubstr("sessions 7\n"));
  sessions = 8;
  EXPECT_THAT(registry.text(), HasSubstr("sessions 8\n"));
}

TEST(Handles, ThatBelongToNoRegistryCountNothing) {
  Counter counter;
  counter.add();
  EXPECT_EQ(counter.value(), 0);
  Gauge().set(3);
  Histogram().observe(1);
}

}  // namespace
}  // namespace mcp::telemetry
