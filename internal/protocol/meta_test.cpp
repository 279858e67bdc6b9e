#include "internal/protocol/meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/json/scan.h"

namespace mcp::protocol {
namespace {

using testing::HasSubstr;

jsonrpc::Message request(const std::string& meta) {
  std::string params = meta.empty() ? "{}" : "{\"_meta\":" + meta + "}";
  return jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(1), "tools/list", params));
}

constexpr const char* kVersion = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")";
constexpr const char* kCapabilities = R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}})";

std::string meta_of(const std::string& more) {
  return "{" + std::string(kVersion) + "," + kCapabilities + more + "}";
}

MetaProblem refusal(const std::string& meta) {
  auto client = read_client(request(meta));
  EXPECT_FALSE(client) << meta;
  return client ? MetaProblem{} : client.error();
}

TEST(IsModern, AsksForAVersionInMeta) {
  EXPECT_TRUE(is_modern(request("{" + std::string(kVersion) + "}")));
  EXPECT_TRUE(is_modern(request(R"({"io.modelcontextprotocol/protocolVersion":"1999-01-01"})")));
  EXPECT_FALSE(is_modern(request(R"({"progressToken":1})")));
  EXPECT_FALSE(is_modern(request("")));
}

TEST(ReadClient, TakesWhatTheRequestSays) {
  auto client =
      read_client(request(meta_of(R"(,"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},)"
                                  R"("io.modelcontextprotocol/logLevel":"warning","x/y":1)")));
  ASSERT_TRUE(client);
  EXPECT_EQ(client->revision, Revision::k2026_07_28);
  EXPECT_TRUE(client->capabilities.roots);
  EXPECT_EQ(client->info, R"({"name":"c","version":"1"})");
  EXPECT_EQ(client->log_level, "warning");
}

TEST(ReadClient, DoesNotRequireClientInfo) {
  auto client = read_client(request(meta_of("")));
  ASSERT_TRUE(client);
  EXPECT_EQ(client->info, "{}");
  EXPECT_EQ(client->log_level, "");
}

TEST(ReadClient, WhatItKeepsIsAsLongAsItMayBeAndNotAByteMore) {
  auto info = [](std::size_t size) {
    return meta_of(",\"io.modelcontextprotocol/clientInfo\":{\"x\":\"" + std::string(size - 8, 'x') + "\"}");
  };
  EXPECT_TRUE(read_client(request(info(kMaxClientWords))));
  MetaProblem problem = refusal(info(kMaxClientWords + 1));
  EXPECT_EQ(problem.error.code, jsonrpc::kInvalidParams);
  EXPECT_EQ(problem.error.message, "io.modelcontextprotocol/clientInfo is longer than 65536 bytes");
  problem =
      refusal("{" + std::string(kVersion) + ",\"io.modelcontextprotocol/clientCapabilities\":{\"x\":\"" +
              std::string(kMaxClientWords, 'x') + "\"}}");
  EXPECT_EQ(problem.error.message, "io.modelcontextprotocol/clientCapabilities is longer than 65536 bytes");
}

TEST(ReadClient, NamesTheMissingKeys) {
  for (const std::string& meta : {std::string(), std::string("{}")}) {
    MetaProblem problem = refusal(meta);
    EXPECT_EQ(problem.error.code, jsonrpc::kInvalidParams);
    EXPECT_EQ(problem.http_status, 400);
    EXPECT_EQ(problem.error.data, R"({"missing":["io.modelcontextprotocol/protocolVersion",)"
                                  R"("io.modelcontextprotocol/clientCapabilities"]})");
  }
  MetaProblem one = refusal("{" + std::string(kVersion) + "}");
  EXPECT_EQ(one.error.code, jsonrpc::kInvalidParams);
  EXPECT_EQ(one.http_status, 400);
  EXPECT_EQ(one.error.data, R"({"missing":["io.modelcontextprotocol/clientCapabilities"]})");
  EXPECT_EQ(refusal("{" + std::string(kCapabilities) + "}").error.data,
            R"({"missing":["io.modelcontextprotocol/protocolVersion"]})");
}

TEST(ReadClient, RefusesKeysOfTheWrongType) {
  for (const std::string& meta :
       {R"({"io.modelcontextprotocol/protocolVersion":20260728,)" + std::string(kCapabilities) + "}",
        "{" + std::string(kVersion) + R"(,"io.modelcontextprotocol/clientCapabilities":[]})",
        "{" + std::string(kVersion) + R"(,"io.modelcontextprotocol/clientCapabilities":{"roots":1}})",
        meta_of(R"(,"io.modelcontextprotocol/clientInfo":"c")")}) {
    MetaProblem problem = refusal(meta);
    EXPECT_EQ(problem.error.code, jsonrpc::kInvalidParams) << meta;
    EXPECT_EQ(problem.http_status, 400) << meta;
    EXPECT_THAT(problem.error.data, HasSubstr("io.modelcontextprotocol/"));
  }
}

TEST(ReadClient, RefusesABadLogLevelAsAnOrdinaryError) {
  for (std::string_view level : {R"("loud")", R"("INFO")", "7", "null"}) {
    MetaProblem problem = refusal(meta_of(",\"io.modelcontextprotocol/logLevel\":" + std::string(level)));
    EXPECT_EQ(problem.error.code, jsonrpc::kInvalidParams) << level;
    EXPECT_EQ(problem.http_status, 200) << level;
  }
}

TEST(ReadClient, RefusesEveryVersionThatIsNotModern) {
  for (std::string version : {"2030-01-01", "2025-11-25", "2024-11-05", ""}) {
    // Without clientCapabilities too: another revision may not have them.
    MetaProblem problem = refusal(R"({"io.modelcontextprotocol/protocolVersion":")" + version + "\"}");
    EXPECT_EQ(problem.error.code, jsonrpc::kUnsupportedVersion) << version;
    EXPECT_EQ(problem.http_status, 400);
    EXPECT_EQ(problem.error.data, R"({"supported":["2026-07-28"],"requested":")" + version + "\"}");
  }
}

TEST(WithModernMeta, MakesWhatReadClientReads) {
  for (std::string_view params :
       {"", "{}", R"({"name":"x"})", R"({"_meta":{}})", R"({"_meta":{"progressToken":7}})"}) {
    std::string modern =
        with_modern_meta(params, "2026-07-28", R"({"name":"c","version":"1"})", R"({"sampling":{}})", "info");
    auto message =
        jsonrpc::Message::parse(jsonrpc::make_request(jsonrpc::Id::number(1), "tools/call", modern));
    ASSERT_TRUE(message) << modern;
    auto client = read_client(*message);
    ASSERT_TRUE(client) << modern;
    EXPECT_TRUE(client->capabilities.sampling);
    EXPECT_EQ(client->log_level, "info");
    EXPECT_EQ(client->info, R"({"name":"c","version":"1"})");
  }
}

TEST(WithModernMeta, KeepsEveryOtherByte) {
  EXPECT_EQ(
      with_modern_meta(
          R"({ "arguments" : {"n": 12345678901234567890123, "d":1.0} , "_meta":{ "traceparent":"00-ab", "x/y":[1 ,2]} })",
          "2026-07-28", "", "{}", ""),
      R"({ "arguments" : {"n": 12345678901234567890123, "d":1.0} , )"
      R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}, "traceparent":"00-ab", "x/y":[1 ,2]} })");
}

TEST(WithModernMeta, ReplacesWhatTheLastHopSaid) {
  EXPECT_EQ(with_modern_meta(R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{"roots":{}},)"
                             R"("io.modelcontextprotocol/clientInfo":{"name":"old"},"t":1,)"
                             R"("io.modelcontextprotocol/logLevel":"debug",)"
                             R"("io.modelcontextprotocol/protocolVersion":"2026-07-28"}})",
                             "2026-07-28", R"({"name":"new"})", "{}", ""),
            R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{},)"
            R"("io.modelcontextprotocol/clientInfo":{"name":"new"},"t":1,)"
            R"("io.modelcontextprotocol/protocolVersion":"2026-07-28"}})");
}

TEST(WithoutModernMeta, LeavesWhatIsNotOfTheEnvelope) {
  EXPECT_EQ(
      without_modern_meta(
          R"({"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
          R"("progressToken":1, "io.modelcontextprotocol/related-task":{"taskId":"t"},)"
          R"("io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{}}})"),
      R"({"name":"x","_meta":{"progressToken":1, "io.modelcontextprotocol/related-task":{"taskId":"t"}}})");
}

TEST(WithoutModernMeta, TakesAMetaAwayThatHoldsNothingElse) {
  EXPECT_EQ(without_modern_meta("{\"_meta\":" + meta_of("") + ",\"name\":\"x\"}"), R"({"name":"x"})");
  EXPECT_EQ(without_modern_meta("{\"_meta\":" + meta_of("") + "}"), "{}");
}

TEST(WithoutModernMeta, LeavesLegacyParamsAlone) {
  for (std::string_view params :
       {"", "{}", R"({ "a" : 1 })", R"({"_meta":{}})", R"({"_meta":{ "progressToken":1 }})"}) {
    EXPECT_EQ(without_modern_meta(params), params);
  }
}

TEST(WithProgressToken, AddsReplacesAndRemoves) {
  EXPECT_EQ(with_progress_token("", "7"), R"({"_meta":{"progressToken":7}})");
  EXPECT_EQ(with_progress_token("{}", R"("a")"), R"({"_meta":{"progressToken":"a"}})");
  EXPECT_EQ(with_progress_token(R"({"n":1,"_meta":{"x":1}})", "7"),
            R"({"n":1,"_meta":{"progressToken":7,"x":1}})");
  EXPECT_EQ(with_progress_token(R"({"_meta":{"x":1, "progressToken" : "old"},"n":1})", "7"),
            R"({"_meta":{"x":1, "progressToken" : 7},"n":1})");
  EXPECT_EQ(with_progress_token(R"({"_meta":{"x":1,"progressToken":"old"},"n":1})", ""),
            R"({"_meta":{"x":1},"n":1})");
  EXPECT_EQ(with_progress_token(R"({"_meta":{"progressToken":"old"},"n":1})", ""), R"({"n":1})");
  EXPECT_EQ(with_progress_token("", ""), "");
  EXPECT_EQ(with_progress_token(R"({"n":1})", ""), R"({"n":1})");
}

TEST(WithMember, ReplacesInPlaceOrAddsInFront) {
  EXPECT_EQ(with_member(R"({"a":1, "name" :"x","b":9007199254740993})", "name", R"("y")"),
            R"({"a":1, "name" :"y","b":9007199254740993})");
  EXPECT_EQ(with_member(R"({"a":1})", "name", "2"), R"({"name":2,"a":1})");
  EXPECT_EQ(with_member("", "name", "2"), R"({"name":2})");
  EXPECT_EQ(with_member(R"({"\u006eame":1})", "name", "2"), R"({"\u006eame":2})");
}

TEST(WithMember, LeavesNoSecondReading) {
  EXPECT_EQ(with_member(R"({"a":1,"a":2})", "a", "3"), R"({"a":3,"a":3})");
}

TEST(WithoutMember, TakesItAwayWhereverItStands) {
  EXPECT_EQ(without_member(R"({"a":1,"b":2})", "a"), R"({"b":2})");
  EXPECT_EQ(without_member(R"({"a":1,"b":2})", "b"), R"({"a":1})");
  EXPECT_EQ(without_member(R"({"a":1})", "a"), "{}");
  EXPECT_EQ(without_member(R"({"a":1})", "c"), R"({"a":1})");
}

TEST(WithMeta, MakesAMetaWhenThereIsNone) {
  EXPECT_EQ(with_meta(R"({"tools":[]})", kMetaSubscriptionId, "7"),
            R"({"_meta":{"io.modelcontextprotocol/subscriptionId":7},"tools":[]})");
  EXPECT_EQ(with_meta(R"({"tools":[],"_meta":{"x":1}})", kMetaSubscriptionId, R"("a")"),
            R"({"tools":[],"_meta":{"io.modelcontextprotocol/subscriptionId":"a","x":1}})");
  EXPECT_EQ(with_meta("", "k", "1"), R"({"_meta":{"k":1}})");
}

TEST(IsLogLevel, KnowsTheEightOfRfc5424) {
  for (std::string_view level :
       {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}) {
    EXPECT_TRUE(is_log_level(level));
  }
  EXPECT_FALSE(is_log_level("warn"));
  EXPECT_FALSE(is_log_level(""));
}

}  // namespace
}  // namespace mcp::protocol
