#include "internal/gateway/repeat.h"

#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using protocol::Outcome;

const Error kDied{ErrorCode::kUnavailable, "killed by SIGKILL", {}};

Item tool(std::string_view annotations = "{}") {
  Item item;
  item.key = "get_time";
  item.raw = Bytes::copy(R"({"name":"get_time","annotations":)" + std::string(annotations) + "}");
  return item;
}

Repeat judge(const Outcome& outcome, const Item& item, std::vector<std::string> retry = {},
             std::string_view method = "tools/call") {
  config::ServerEntry entry;
  entry.retry_tools = std::move(retry);
  return may_repeat(outcome, method, &item, entry);
}

TEST(MayRepeat, ACallThatWasLostIsNotRepeatedByDefault) {
  EXPECT_EQ(judge(Outcome::failure(kDied), tool()), Repeat::kNo);
  EXPECT_EQ(may_repeat(Outcome::failure(kDied), "tools/call", nullptr, {}), Repeat::kNo);
}

TEST(MayRepeat, ALostCallIsRepeatedWhenItsToolSaysThatItIsHarmless) {
  EXPECT_EQ(judge(Outcome::failure(kDied), tool(R"({"readOnlyHint":true})")), Repeat::kSame);
  EXPECT_EQ(judge(Outcome::failure(kDied), tool(R"({"title":"t","idempotentHint": true})")), Repeat::kSame);
  for (const char* not_so : {R"({"readOnlyHint":false})", R"({"readOnlyHint":"true"})",
                             R"({"destructiveHint":false})", "null", "true"}) {
    EXPECT_EQ(judge(Outcome::failure(kDied), tool(not_so)), Repeat::kNo) << not_so;
  }
}

TEST(MayRepeat, ALostCallIsRepeatedWhenTheConfigurationNamesItsTool) {
  EXPECT_EQ(judge(Outcome::failure(kDied), tool(), {"get_*"}), Repeat::kSame);
  EXPECT_EQ(judge(Outcome::failure(kDied), tool(), {"set_*"}), Repeat::kNo);
}

TEST(MayRepeat, WhatDidNotReachTheServerIsRepeatedWhateverItIs) {
  EXPECT_EQ(judge(Outcome::unsent(kDied), tool()), Repeat::kSame);
  Error busy{ErrorCode::kLimit, "too many messages are under way", {}};
  EXPECT_EQ(judge(Outcome::unsent(busy), tool()), Repeat::kNo);
}

TEST(MayRepeat, ReadsAreRepeated) {
  for (const char* method : {"resources/read", "prompts/get", "completion/complete"}) {
    EXPECT_EQ(judge(Outcome::failure(kDied), tool(), {}, method), Repeat::kSame) << method;
  }
  EXPECT_EQ(judge(Outcome::failure(kDied), tool(), {}, "resources/subscribe"), Repeat::kNo);
}

TEST(MayRepeat, AnAnswerADeadlineAndACancellationAreFinal) {
  Item harmless = tool(R"({"readOnlyHint":true})");
  EXPECT_EQ(judge(Outcome::result(std::string(R"({"isError":true})")), harmless), Repeat::kNo);
  EXPECT_EQ(judge(Outcome::error(jsonrpc::kInternalError, "no"), harmless), Repeat::kNo);
  EXPECT_EQ(judge(Outcome::failure(Error{ErrorCode::kTimeout, "late", {}}), harmless), Repeat::kNo);
  EXPECT_EQ(judge(Outcome::failure(Error{ErrorCode::kCancelled, "cancelled", {}}), harmless), Repeat::kNo);
  EXPECT_EQ(judge(Outcome::failure(Error{ErrorCode::kProtocol, "garbage", {}}), harmless), Repeat::kNo);
}

TEST(MayRepeat, ACallThatWasRefusedForItsHeadersIsRepeatedWithFreshOnes) {
  EXPECT_EQ(judge(Outcome::error(jsonrpc::kHeaderMismatch, "no"), tool()), Repeat::kFreshTools);
  EXPECT_EQ(judge(Outcome::error(jsonrpc::kHeaderMismatch, "no"), tool(), {}, "prompts/get"), Repeat::kNo);
}

}  // namespace
}  // namespace mcp::gateway
