#include "internal/telemetry/span_exporter.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mcp::telemetry {
namespace {

using nlohmann::json;

struct FakeSink final : Sink {
  explicit FakeSink(async::Loop& on) : loop(on) {}
  void send(std::string body, std::function<void(Result<void>)> done) override {
    bodies.push_back(std::move(body));
    Result<void> outcome;
    if (failures > 0) {
      --failures;
      outcome = fail(ErrorCode::kUnavailable, "nobody listens");
    }
    if (silent) return;
    loop.post([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
  }
  async::Loop& loop;
  std::vector<std::string> bodies;
  int failures = 0;
  bool silent = false;
};

struct SpanExporterTest : testing::Test {
  std::shared_ptr<SpanExporter> make(SpanExporterOptions options) {
    return std::make_shared<SpanExporter>(loop, sink, std::move(options));
  }
  static Span span(const std::string& name) {
    Span span;
    span.context = new_trace(real_env(), true);
    span.name = name;
    return span;
  }
  bool flushes(const std::shared_ptr<SpanExporter>& exporter) {
    exporter->flush();
    return loop.run_until([&] { return exporter->flushed(); }, async::Millis{5'000});
  }
  async::Loop loop;
  std::shared_ptr<FakeSink> sink = std::make_shared<FakeSink>(loop);
};

TEST_F(SpanExporterTest, SendsAFullBatchAtOnce) {
  auto exporter = make({.max_batch = 2, .interval = async::Millis{3'600'000}});
  exporter->record(span("a"));
  EXPECT_EQ(sink->bodies.size(), 0u);
  exporter->record(span("b"));
  ASSERT_TRUE(loop.run_until([&] { return exporter->exported() == 2; }, async::Millis{5'000}));
  EXPECT_EQ(sink->bodies.size(), 1u);
}

TEST_F(SpanExporterTest, SendsWhatWaitsAfterTheInterval) {
  auto exporter = make({.interval = async::Millis{1}});
  exporter->record(span("a"));
  EXPECT_TRUE(loop.run_until([&] { return exporter->exported() == 1; }, async::Millis{5'000}));
}

TEST_F(SpanExporterTest, DropsAndCountsWhatIsOverTheBound) {
  sink->silent = true;
  auto exporter = make({.max_queue = 3, .max_batch = 1});
  for (int i = 0; i < 5; ++i) exporter->record(span("a"));
  // One is on its way, three wait, the fifth is too many.
  EXPECT_EQ(exporter->waiting(), 3u);
  EXPECT_EQ(exporter->dropped(), 1u);
}

TEST_F(SpanExporterTest, SendsAFailedBatchOnceMore) {
  sink->failures = 1;
  auto exporter = make({});
  exporter->record(span("a"));
  ASSERT_TRUE(flushes(exporter));
  ASSERT_EQ(sink->bodies.size(), 2u);
  EXPECT_EQ(sink->bodies[0], sink->bodies[1]);
  EXPECT_EQ(exporter->exported(), 1u);
  EXPECT_EQ(exporter->dropped(), 0u);
}

TEST_F(SpanExporterTest, DropsABatchThatFailedTwiceAndGoesOn) {
  sink->failures = 2;
  auto exporter = make({.max_batch = 1});
  exporter->record(span("a"));
  exporter->record(span("b"));
  ASSERT_TRUE(flushes(exporter));
  EXPECT_EQ(exporter->dropped(), 1u);
  EXPECT_EQ(exporter->exported(), 1u);
}

TEST(OtlpJson, HasTheSpecifiedForm) {
  Span span;
  span.context = TraceContext{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true};
  span.parent_span_id = "1111111111111111";
  span.name = "tools/call echo";
  span.start_unix_ns = 1'700'000'000'000'000'001;
  span.end_unix_ns = 1'700'000'000'000'000'002;
  span.attributes = {{"rpc.method", "tools/call"}};
  span.error = "it broke";
  json body = json::parse(to_otlp_json({span}, "mcp", "1.2.3"));
  const json& all = body["resourceSpans"][0];
  EXPECT_EQ(all["resource"]["attributes"][0],
            json::parse(R"({"key":"service.name","value":{"stringValue":"mcp"}})"));
  const json& one = all["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(one["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(one["parentSpanId"], "1111111111111111");
  EXPECT_EQ(one["startTimeUnixNano"], "1700000000000000001");
  EXPECT_EQ(one["kind"], 2);
  EXPECT_EQ(one["status"], json::parse(R"({"code":2,"message":"it broke"})"));
  EXPECT_EQ(one["attributes"][0]["value"]["stringValue"], "tools/call");
}

}  // namespace
}  // namespace mcp::telemetry
