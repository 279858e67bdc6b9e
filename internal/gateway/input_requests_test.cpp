#include "internal/gateway/input_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using testing::IsEmpty;

protocol::ClientCapabilities said(const std::string& raw) {
  return protocol::parse_client_capabilities(raw).value();
}
int refusal(const std::string& capabilities, std::string_view method, std::string_view params) {
  auto error = cannot_answer(said(capabilities), method, params);
  return error ? error->code : 0;
}

TEST(InputRequests, AServerIsToldTheAnswersAsTheyWereDeclaredAndNothingElse) {
  auto told = told_answers(said(
      R"({"extensions":{"io.modelcontextprotocol/tasks":{}},"roots":{"listChanged":true,"x":1},"sampling":{"context":{}},"elicitation":{}})"));
  EXPECT_EQ(told.raw, R"({"sampling":{"context":{}},"elicitation":{},"roots":{"x":1}})");
  EXPECT_FALSE(told.tasks);
  EXPECT_EQ(told_answers(said("{}")).raw, "{}");
}

TEST(InputRequests, CapabilitiesOfAnySizeAreToldInFewBytes) {
  auto told = told_answers(said(R"({"sampling":{"pad":")" + std::string(5'000, 'x') + R"("}})"));
  EXPECT_EQ(told.raw, R"({"sampling":{}})");
}

TEST(InputRequests, OnlyWhatWasDeclaredCanBeAsked) {
  const std::string url = R"({"mode":"url"})";
  EXPECT_EQ(refusal("{}", "sampling/createMessage", "{}"), -32601);
  EXPECT_EQ(refusal(R"({"sampling":{}})", "sampling/createMessage", "{}"), 0);
  EXPECT_EQ(refusal(R"({"sampling":{}})", "sampling/createMessage", R"({"tools":[]})"), -32602);
  EXPECT_EQ(refusal(R"({"sampling":{"tools":{}}})", "sampling/createMessage", R"({"tools":[]})"), 0);
  EXPECT_EQ(refusal(R"({"elicitation":{}})", "elicitation/create", "{}"), 0);
  EXPECT_EQ(refusal(R"({"elicitation":{}})", "elicitation/create", url), -32602);
  EXPECT_EQ(refusal(R"({"elicitation":{"url":{}}})", "elicitation/create", url), 0);
  EXPECT_EQ(refusal(R"({"elicitation":{"url":{}}})", "elicitation/create", "{}"), -32602);
  EXPECT_EQ(refusal("{}", "elicitation/create", "{}"), -32601);
  EXPECT_EQ(refusal(R"({"roots":{}})", "roots/list", ""), 0);
  EXPECT_EQ(refusal("{}", "roots/list", ""), -32601);
  EXPECT_EQ(refusal(R"({"roots":{}})", "roots/list", "[1]"), -32602);
  EXPECT_EQ(refusal(R"({"roots":{},"sampling":{},"elicitation":{}})", "tasks/get", "{}"), -32601);
}

TEST(InputRequests, UrlElicitationsHaveAnIdInTheLegacyEraOnly) {
  const std::string url = R"({"mode":"url","elicitationId":"e","url":"u"})";
  EXPECT_EQ(modern_question("elicitation/create", url), R"({"mode":"url","url":"u"})");
  EXPECT_EQ(legacy_question("elicitation/create", url, "new"), url);
  EXPECT_EQ(legacy_question("elicitation/create", R"({"mode":"url","url":"u"})", "new"),
            R"({"elicitationId":"new","mode":"url","url":"u"})");
  EXPECT_EQ(legacy_question("elicitation/create", R"({"message":"m"})", "new"), R"({"message":"m"})");
  EXPECT_EQ(modern_question("roots/list", ""), "");
  EXPECT_EQ(modern_question("sampling/createMessage", R"({"task":{},"n":12345678901234567890123})"),
            R"({"n":12345678901234567890123})");
}

TEST(InputRequests, AreWrittenWithTheirStateAndReadBackFromARetry) {
  EXPECT_EQ(input_required({{"q1", "roots/list", ""}, {"q2", "elicitation/create", R"({"a":1})"}}, "s"),
            R"({"resultType":"input_required","inputRequests":{"q1":{"method":"roots/list"},)"
            R"("q2":{"method":"elicitation/create","params":{"a":1}}},"requestState":"s"})");
  auto retry = read_retry(Bytes::copy(R"({"requestState":"s\u0041","inputResponses":{"q1":{"roots":[]}}})"));
  ASSERT_TRUE(retry);
  EXPECT_EQ(retry->state, "sA");
  EXPECT_EQ(retry->responses.at("q1").view(), R"({"roots":[]})");
  EXPECT_EQ(without_retry(R"({"requestState":"s","name":"t","inputResponses":{}})"), R"({"name":"t"})");
}

TEST(InputRequests, ARetryOfTheWrongShapeIsInvalid) {
  for (const char* params :
       {R"({"requestState":7})", R"({"inputResponses":[]})", R"({"inputResponses":{"q":1}})"}) {
    auto retry = read_retry(Bytes::copy(params));
    ASSERT_FALSE(retry) << params;
    EXPECT_EQ(retry.error().code, -32602);
  }
}

std::string visits(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += std::string(i == 0 ? "" : ",") + R"({"mode":"url","url":"u","message":"m","elicitationId":"e"})";
  }
  return "{\"elicitations\":[" + all + "]}";
}

TEST(InputRequests, WhatMustBeVisitedBecomesQuestions) {
  EXPECT_EQ(url_questions({-32042, "", visits(1)}).at(0).params, R"({"mode":"url","url":"u","message":"m"})");
  EXPECT_EQ(url_questions({-32042, "", visits(kMaxUrls)}).size(), kMaxUrls);
  EXPECT_THAT(url_questions({-32042, "", visits(kMaxUrls + 1)}), IsEmpty());
  EXPECT_THAT(url_questions({-32042, "", "{}"}), IsEmpty());
  EXPECT_THAT(url_questions({-32042, "", R"({"elicitations":[7]})"}), IsEmpty());
  EXPECT_THAT(url_questions({-32603, "", visits(1)}), IsEmpty());
}

}  // namespace
}  // namespace mcp::gateway
