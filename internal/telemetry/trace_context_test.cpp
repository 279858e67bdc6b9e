#include "internal/telemetry/trace_context.h"

#include <gtest/gtest.h>

namespace mcp::telemetry {
namespace {

constexpr const char* kSample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, SurvivesReadingAndWriting) {
  auto context = parse_traceparent(kSample);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->traceparent(), kSample);
}

TEST(Traceparent, TellsWhetherTheTraceIsSampled) {
  std::string text = kSample;
  text.back() = '0';
  EXPECT_FALSE(parse_traceparent(text)->sampled);
  text.back() = '2';  // another flag
  EXPECT_FALSE(parse_traceparent(text)->sampled);
  text.back() = '3';
  EXPECT_TRUE(parse_traceparent(text)->sampled);
}

TEST(Traceparent, OfALaterVersionIsReadAsFarAsItIsKnown) {
  EXPECT_TRUE(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  EXPECT_FALSE(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more"));
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
}

TEST(Traceparent, ThatIsUnusableBeginsANewTrace) {
  for (const char* text : {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

TEST(NewSpans, KeepTheTraceAndDifferFromEachOther) {
  TraceContext root = new_trace(real_env(), true);
  TraceContext a = new_child(real_env(), root);
  TraceContext b = new_child(real_env(), root);
  EXPECT_EQ(a.trace_id, root.trace_id);
  EXPECT_NE(a.span_id, root.span_id);
  EXPECT_NE(a.span_id, b.span_id);
  EXPECT_TRUE(parse_traceparent(a.traceparent()));
}

}  // namespace
}  // namespace mcp::telemetry
