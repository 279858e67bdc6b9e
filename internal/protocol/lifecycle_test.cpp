#include "internal/protocol/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/json/scan.h"
#include "internal/protocol/meta.h"

namespace mcp::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

jsonrpc::Message initialize(std::string_view params) {
  return jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(0), "initialize", params));
}

TEST(ReadInitialize, ReadsWhatInitializeParamsWrites) {
  auto read = read_initialize(initialize(
      initialize_params(Revision::k2025_06_18, R"({"roots":{}})", R"({"name":"c","version":"1"})")));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->requested, "2025-06-18");
  EXPECT_TRUE(read->capabilities.roots);
  EXPECT_EQ(read->client_info, R"({"name":"c","version":"1"})");
}

TEST(ReadInitialize, KeepsAnUnknownVersionAsItIs) {
  auto read =
      read_initialize(initialize(R"({"protocolVersion":"1999-01-01","capabilities":{},"clientInfo":{}})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->requested, "1999-01-01");
}

TEST(ReadInitialize, RefusesMissingAndWrongMembers) {
  for (std::string_view params :
       {"", "{}", R"({"capabilities":{},"clientInfo":{}})",
        R"({"protocolVersion":"2025-11-25","clientInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{}})",
        R"({"protocolVersion":1,"capabilities":{},"clientInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{"roots":1},"clientInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":"c"})"}) {
    auto read = read_initialize(initialize(params));
    ASSERT_FALSE(read) << params;
    EXPECT_EQ(read.error().code, jsonrpc::kInvalidParams);
  }
}

TEST(ReadInitialize, WhatASessionKeepsIsAsLongAsItMayBeAndNotAByteMore) {
  auto filled = [](std::size_t size) { return "{\"x\":\"" + std::string(size - 8, 'x') + "\"}"; };
  auto read = [](const std::string& capabilities, const std::string& info) {
    return read_initialize(initialize("{\"protocolVersion\":\"2025-11-25\",\"capabilities\":" + capabilities +
                                      ",\"clientInfo\":" + info + "}"));
  };
  std::string capabilities = "{\"experimental\":" + filled(kMaxClientWords - 17) + "}";
  EXPECT_TRUE(read(capabilities, filled(kMaxClientWords)));
  auto info = read("{}", filled(kMaxClientWords + 1));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, jsonrpc::kInvalidParams);
  EXPECT_EQ(info.error().message, "initialize: clientInfo is longer than 65536 bytes");
  auto abilities = read(capabilities + " ", "{}");
  EXPECT_TRUE(abilities) << "blanks around it do not count";
  capabilities.insert(1, " ");
  abilities = read(capabilities, "{}");
  ASSERT_FALSE(abilities);
  EXPECT_EQ(abilities.error().message, "initialize: capabilities is longer than 65536 bytes");
}

TEST(InitializeResult, IsReadAsItIsWritten) {
  std::string raw =
      initialize_result(Revision::k2025_11_25, R"({"tools":{}})", R"({"name":"s"})", "be \"kind\"");
  ASSERT_TRUE(json::validate(Bytes::copy(raw)));
  auto hello = read_initialize_result(raw);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, "2025-11-25");
  EXPECT_TRUE(hello->capabilities.tools);
  EXPECT_EQ(hello->server_info, R"({"name":"s"})");
  EXPECT_EQ(hello->instructions, "be \"kind\"");
  EXPECT_EQ(initialize_result(Revision::k2024_11_05, "", "", ""),
            R"({"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{}})");
}

TEST(InitializeResult, MissingMembersBreakTheProtocol) {
  for (std::string_view raw :
       {"[]", "{}", R"({"capabilities":{},"serverInfo":{}})",
        R"({"protocolVersion":"2025-11-25","serverInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{"tools":1},"serverInfo":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{},"instructions":5})"}) {
    auto hello = read_initialize_result(raw);
    ASSERT_FALSE(hello) << raw;
    EXPECT_EQ(hello.error().code, ErrorCode::kProtocol);
  }
}

TEST(DiscoverResult, IsReadAsItIsWritten) {
  std::string raw = discover_result(R"({"prompts":{}})", R"({"name":"s"})", "hello");
  EXPECT_EQ(raw,
            R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"prompts":{}},)"
            R"("instructions":"hello","ttlMs":0,"cacheScope":"private",)"
            R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}})");
  auto hello = read_discover_result(raw);
  ASSERT_TRUE(hello);
  EXPECT_THAT(hello->supported, ElementsAre("2026-07-28"));
  EXPECT_TRUE(hello->capabilities.prompts);
  EXPECT_EQ(hello->server_info, R"({"name":"s"})");
  EXPECT_EQ(hello->instructions, "hello");
}

TEST(DiscoverResult, NeedsNeitherServerInfoNorInstructions) {
  auto hello = read_discover_result(R"({"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{}})");
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->supported.size(), 2u);
  EXPECT_EQ(hello->server_info, "{}");
}

TEST(DiscoverResult, MissingMembersBreakTheProtocol) {
  for (std::string_view raw :
       {"{}", R"({"capabilities":{}})", R"({"supportedVersions":["2026-07-28"]})",
        R"({"supportedVersions":"2026-07-28","capabilities":{}})",
        R"({"supportedVersions":[1],"capabilities":{}})",
        R"({"supportedVersions":[],"capabilities":{},"_meta":{"io.modelcontextprotocol/serverInfo":1}})"}) {
    auto hello = read_discover_result(raw);
    ASSERT_FALSE(hello) << raw;
    EXPECT_EQ(hello.error().code, ErrorCode::kProtocol);
  }
}

TEST(ListenFilter, IsReadAsItIsWritten) {
  constexpr std::string_view kAll =
      R"({"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,)"
      R"("resourceSubscriptions":["file:///a","x:\"b\""],"taskIds":["t","u"]})";
  auto filter = read_listen(R"({"notifications":)" + std::string(kAll) + "}");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->tools && filter->prompts && filter->resources);
  EXPECT_THAT(filter->uris, ElementsAre("file:///a", "x:\"b\""));
  EXPECT_THAT(filter->task_ids, ElementsAre("t", "u"));
  EXPECT_EQ(to_json(*filter), kAll);
}

TEST(ListenFilter, TakesOnlyWhatIsAskedFor) {
  auto filter = read_listen(R"({"notifications":{"toolsListChanged":false,"others":["t"]}})");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->empty());
  EXPECT_EQ(to_json(*filter), "{}");
}

TEST(ListenFilter, AUriIsAsLongAsItMayBeAndNotAByteMore) {
  auto read = [](std::size_t size) {
    return read_listen("{\"notifications\":{\"resourceSubscriptions\":[\"" + std::string(size - 2, 'u') +
                       "\"]}}");
  };
  EXPECT_TRUE(read(jsonrpc::kMaxWord));
  auto refused = read(jsonrpc::kMaxWord + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, jsonrpc::kInvalidParams);
  EXPECT_EQ(refused.error().message, "notifications.resourceSubscriptions: one is longer than 4096 bytes");
}

TEST(ListenFilter, RefusesWrongTypes) {
  for (std::string_view params :
       {"", "{}", R"({"notifications":[]})", R"({"notifications":{"toolsListChanged":1}})",
        R"({"notifications":{"promptsListChanged":null}})",
        R"({"notifications":{"resourceSubscriptions":"u"}})",
        R"({"notifications":{"resourceSubscriptions":[1]}})", R"({"notifications":{"taskIds":{}}})"}) {
    auto filter = read_listen(params);
    ASSERT_FALSE(filter) << params;
    EXPECT_EQ(filter.error().code, jsonrpc::kInvalidParams);
  }
}

TEST(ModernErrors, CarryTheDataThatTheSchemaWants) {
  auto version = unsupported_version("1900-01-01");
  EXPECT_EQ(version.code, -32022);
  EXPECT_EQ(version.data, R"({"supported":["2026-07-28"],"requested":"1900-01-01"})");
  auto capability = missing_capability(R"({"elicitation":{"url":{}},"roots":{}})");
  EXPECT_EQ(capability.code, -32021);
  EXPECT_EQ(capability.data, R"({"requiredCapabilities":{"elicitation":{"url":{}},"roots":{}}})");
  EXPECT_THAT(capability.message, HasSubstr("elicitation, roots"));
}

TEST(ModernHttpStatus, FollowsTheTransport) {
  EXPECT_EQ(modern_http_status(-32601), 404);
  for (int code : {-32700, -32600, -32020, -32021, -32022}) EXPECT_EQ(modern_http_status(code), 400) << code;
  for (int code : {-32602, -32603, -32000, 1}) EXPECT_EQ(modern_http_status(code), 200) << code;
}

}  // namespace
}  // namespace mcp::protocol
