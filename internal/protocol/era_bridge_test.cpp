#include "internal/protocol/era_bridge.h"

#include <gtest/gtest.h>

#include "internal/json/scan.h"

namespace mcp::protocol {
namespace {

constexpr Era kLegacy = Era::kLegacy;
constexpr Era kModern = Era::kModern;
constexpr std::string_view kGateway = R"({"name":"mcp","version":"1"})";

std::string bridged(std::string_view result, std::string_view method, Era from, Era to,
                    std::string_view info = kGateway) {
  Bytes out = bridge_result(Bytes::copy(result), method, from, to, info);
  EXPECT_TRUE(json::validate(out)) << out.view();
  return std::string(out.view());
}

TEST(BridgeResult, IsTheIdentityWithoutACopyWhereNothingChanges) {
  Bytes result = Bytes::copy(R"({"resultType":"complete","content":[],"ttlMs":5})");
  EXPECT_EQ(bridge_result(result, "tools/call", kLegacy, kLegacy, kGateway).data(), result.data());
  EXPECT_EQ(bridge_result(result, "tools/call", kModern, kModern, "").data(), result.data());
  Bytes plain = Bytes::copy(R"({"content":[]})");
  EXPECT_EQ(bridge_result(plain, "tools/call", kModern, kLegacy, kGateway).data(), plain.data());
  Bytes named = Bytes::copy(R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":)" +
                            std::string(kGateway) + "}}");
  EXPECT_EQ(bridge_result(named, "tools/call", kModern, kModern, kGateway).data(), named.data());
}

TEST(BridgeResult, LegacyToModernAddsWhatModernClientsNeed) {
  EXPECT_EQ(
      bridged(R"({ "content":[{"n":12345678901234567890123}] })", "tools/call", kLegacy, kModern),
      R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcp","version":"1"}}, )"
      R"("content":[{"n":12345678901234567890123}] })");
  EXPECT_EQ(bridged("{}", "completion/complete", kLegacy, kModern, ""), R"({"resultType":"complete"})");
}

TEST(BridgeResult, LegacyToModernMarksCacheableResultsAsStaleAndPrivate) {
  for (std::string_view method :
       {"tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"}) {
    EXPECT_EQ(bridged(R"({"x":[]})", method, kLegacy, kModern, ""),
              R"({"resultType":"complete","ttlMs":0,"cacheScope":"private","x":[]})")
        << method;
  }
}

TEST(BridgeResult, KeepsOtherMetaKeys) {
  EXPECT_EQ(
      bridged(R"({"_meta":{"x/y":{"z":1}},"messages":[]})", "prompts/get", kLegacy, kModern,
              R"({"name":"g"})"),
      R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"g"},"x/y":{"z":1}},"messages":[]})");
}

TEST(BridgeResult, ModernToModernKeepsAllButTheNameOfTheServer) {
  EXPECT_EQ(bridged(R"({"resultType":"complete","tools":[],"ttlMs":300,"cacheScope":"public",)"
                    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"upstream"},"k":1}})",
                    "tools/list", kModern, kModern, R"({"name":"g"})"),
            R"({"resultType":"complete","tools":[],"ttlMs":300,"cacheScope":"public",)"
            R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"g"},"k":1}})");
}

TEST(BridgeResult, ModernToModernSuppliesWhatAnUpstreamForgot) {
  EXPECT_EQ(bridged(R"({"tools":[],"ttlMs":7})", "tools/list", kModern, kModern, ""),
            R"({"resultType":"complete","cacheScope":"private","tools":[],"ttlMs":7})");
}

// SEP-2549: not on input_required.
TEST(BridgeResult, AddsNoCacheFieldsToInputRequired) {
  constexpr std::string_view kAsk = R"({"resultType":"input_required","requestState":"s"})";
  EXPECT_EQ(bridged(kAsk, "resources/read", kModern, kModern, ""), kAsk);
}

TEST(BridgeResult, ModernToLegacyTakesTheModernMembersAway) {
  EXPECT_EQ(bridged(R"({"resultType":"complete","tools":[{"ttlMs":1}],"ttlMs":300,"cacheScope":"public"})",
                    "tools/list", kModern, kLegacy),
            R"({"tools":[{"ttlMs":1}]})");
  EXPECT_EQ(bridged(R"({"resultType":"complete"})", "tools/call", kModern, kLegacy), "{}");
  EXPECT_EQ(bridged(R"({"content":[],"ttlMs":0,"_meta":{"resultType":1},"resultType":"complete"})", "x",
                    kModern, kLegacy),
            R"({"content":[],"_meta":{"resultType":1}})");
}

TEST(BridgeError, MapsAMissingResourceBothWays) {
  jsonrpc::RpcError legacy{-32002, "Resource not found", R"({"uri":"x:1"})"};
  jsonrpc::RpcError modern = bridge_error(legacy, "resources/read", kLegacy, kModern);
  EXPECT_EQ(modern.code, -32602);
  EXPECT_EQ(modern.data, R"({"uri":"x:1"})");
  EXPECT_EQ(bridge_error(modern, "resources/read", kModern, kLegacy).code, -32002);
}

TEST(BridgeError, LeavesOtherInvalidParamsAlone) {
  EXPECT_EQ(bridge_error({-32602, "bad uri", {}}, "resources/read", kModern, kLegacy).code, -32602);
  EXPECT_EQ(bridge_error({-32602, "no tool", R"({"uri":1})"}, "tools/call", kModern, kLegacy).code, -32602);
}

TEST(BridgeError, KeepsCodesWithoutCounterpartInTheData) {
  auto url = bridge_error({-32042, "open it", R"({"elicitations":[]})"}, "tools/call", kLegacy, kModern);
  EXPECT_EQ(url.code, -32603);
  EXPECT_EQ(url.message, "open it");
  EXPECT_EQ(url.data, R"({"code":-32042,"data":{"elicitations":[]}})");
  for (int code : {-32020, -32021, -32022}) {
    auto error = bridge_error({code, "m", {}}, "tools/call", kModern, kLegacy);
    EXPECT_EQ(error.code, -32603);
    EXPECT_EQ(error.data, "{\"code\":" + std::to_string(code) + "}");
  }
}

TEST(BridgeError, IsTheIdentityWhereTheErasAgree) {
  for (Era era : {kLegacy, kModern}) {
    for (int code : {-32002, -32042, -32021, -32601, -32000, 7}) {
      EXPECT_EQ(bridge_error({code, "m", "[1]"}, "resources/read", era, era).code, code);
    }
  }
  EXPECT_EQ(bridge_error({7, "m", "[1]"}, "tools/call", kLegacy, kModern).data, "[1]");
}

TEST(ResultType, IsCompleteWhenAbsent) {
  EXPECT_EQ(result_type("{}"), "complete");
  EXPECT_EQ(result_type(R"({"a":1,"resultType":"input_required"})"), "input_required");
  EXPECT_EQ(result_type(R"({"resultType":5})"), "");
}

}  // namespace
}  // namespace mcp::protocol
