#include "cmd/mcp/spans_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(SpansUrl, AddsTheSignalsPathOnce) {
  EXPECT_EQ(spans_url("http://c:4318"), "http://c:4318/v1/traces");
  EXPECT_EQ(spans_url("http://c:4318/"), "http://c:4318/v1/traces");
  EXPECT_EQ(spans_url("http://c:4318/base"), "http://c:4318/base/v1/traces");
  EXPECT_EQ(spans_url("http://c:4318/v1/traces"), "http://c:4318/v1/traces");
}

struct SpansTargetTest : testing::Test {
  // nullopt too when it is an error.
  std::optional<SpansTarget> target() {
    auto made = spans_target(env, config);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : std::nullopt;
  }
  FakeEnv env;
  ServeConfig config;
};

TEST_F(SpansTargetTest, IsNobodyWhereNobodyIsNamed) {
  EXPECT_FALSE(target());
  env.environment["OTEL_EXPORTER_OTLP_HEADERS"] = "a=b";
  EXPECT_FALSE(target());
}

TEST_F(SpansTargetTest, ShowsTheCollectorItsKeys) {
  config.otlp_endpoint = "https://collector.example.com/base/";
  config.otlp_headers = {{"x-api-key", "file:/key"}, {"Authorization", "Basic ${CODE}"}};
  env.files["/key"] = "secret\n";
  env.environment["CODE"] = "abc";
  auto made = target();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->url, "https://collector.example.com/base/v1/traces");
  EXPECT_THAT(made->headers,
              UnorderedElementsAre(Pair("x-api-key", "secret"), Pair("Authorization", "Basic abc")));
  EXPECT_EQ(made->service, "mcp");
}

TEST_F(SpansTargetTest, TakesTheVariablesOfOtherProgramsAndOursWin) {
  config.otlp_endpoint = "http://127.0.0.1:4318";
  env.environment = {{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=general, tenant = a%20b%2"},
                     {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=of-traces"},
                     {"OTEL_SERVICE_NAME", "edge"}};
  auto made = target();
  EXPECT_THAT(made->headers, UnorderedElementsAre(Pair("api-key", "of-traces"), Pair("tenant", "a b%2")));
  EXPECT_EQ(made->service, "edge");
  config.otlp_headers = {{"API-Key", "ours"}};
  EXPECT_THAT(target()->headers, UnorderedElementsAre(Pair("API-Key", "ours"), Pair("tenant", "a b%2")));
}

TEST_F(SpansTargetTest, TakesTheAddressOfTracesAsItIsUnlessOursIsSaid) {
  env.environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:9/mine";
  EXPECT_EQ(target()->url, "http://127.0.0.1:9/mine");
  config.otlp_endpoint = "http://127.0.0.1:4318";
  EXPECT_EQ(target()->url, "http://127.0.0.1:9/mine") << "more special than OTEL_EXPORTER_OTLP_ENDPOINT";
  config.otlp_endpoint_is_ours = true;
  EXPECT_EQ(target()->url, "http://127.0.0.1:4318/v1/traces");
  config.otlp_endpoint = "";
  EXPECT_FALSE(target()) << "switched off";
}

TEST_F(SpansTargetTest, IsSwitchedOffByTheVariableOfAllSignals) {
  config.otlp_endpoint = "http://127.0.0.1:4318";
  config.otlp_endpoint_is_ours = true;
  env.environment["OTEL_SDK_DISABLED"] = "True";
  EXPECT_FALSE(target());
  env.environment["OTEL_SDK_DISABLED"] = "no";
  EXPECT_TRUE(target());
}

TEST_F(SpansTargetTest, SaysWhatIsWrongWithoutAnyValue) {
  config.otlp_endpoint = "http://127.0.0.1:4318";
  auto wrong = [&] {
    auto made = spans_target(env, config);
    EXPECT_FALSE(made);
    if (made) return std::string();
    EXPECT_EQ(made.error().code, ErrorCode::kConfig);
    EXPECT_THAT(made.error().message + made.error().hint, Not(HasSubstr("s3cret")));
    return made.error().message;
  };
  env.environment["OTEL_EXPORTER_OTLP_HEADERS"] = "s3cret";
  EXPECT_THAT(wrong(), HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"));
  env.environment["OTEL_EXPORTER_OTLP_HEADERS"] = "a=s3cret%0a";
  EXPECT_THAT(wrong(), HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"));
  env.environment = {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4317"}};
  EXPECT_THAT(wrong(), HasSubstr("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
  env.environment.clear();
  config.otlp_headers = {{"x-key", "file:/nowhere"}};
  EXPECT_THAT(wrong(), HasSubstr("[serve.otlp_headers] x-key"));
  config.otlp_headers = {{"x-key", "s3cret\r\nother: 1"}};
  EXPECT_THAT(wrong(), HasSubstr("[serve.otlp_headers] x-key"));
}

}  // namespace
}  // namespace mcp::cmd
