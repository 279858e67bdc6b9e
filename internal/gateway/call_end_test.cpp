#include "internal/gateway/call_end.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using protocol::Outcome;
using telemetry::CallEnd;

CallEnd end_of_tool(const std::string& result) { return end_of("tools/call", Outcome::result(result)); }

TEST(CallEnd, OfAResultDependsOnItsOwnIsError) {
  EXPECT_EQ(end_of_tool(R"({"content":[]})"), CallEnd::kOk);
  EXPECT_EQ(end_of_tool(R"({"content":[],"isError":false})"), CallEnd::kOk);
  EXPECT_EQ(end_of_tool(R"({"content":[],"isError":true})"), CallEnd::kIsError);
  EXPECT_EQ(end_of_tool("{\"isError\" :\n true,\"content\":[]}"), CallEnd::kIsError);
}

TEST(CallEnd, OfAResultIsNotWhatItsContentSays) {
  EXPECT_EQ(end_of_tool(R"({"content":[{"type":"text","text":"\"isError\":true"}]})"), CallEnd::kOk);
  EXPECT_EQ(end_of_tool(R"({"structuredContent":{"isError":true}})"), CallEnd::kOk);
  EXPECT_EQ(end_of_tool(R"({"structuredContent":{"isError":false},"isError":true})"), CallEnd::kIsError);
}

TEST(CallEnd, OfOtherMethodsKnowsNoIsError) {
  EXPECT_EQ(end_of("prompts/get", Outcome::result(std::string(R"({"isError":true})"))), CallEnd::kOk);
}

TEST(CallEnd, TellsWhoseErrorItIs) {
  EXPECT_EQ(end_of("tools/call", Outcome::error(-32602, "no such tool")), CallEnd::kRpcError);
  EXPECT_EQ(end_of("tools/call", Outcome::failure(Error{ErrorCode::kTimeout, "late", {}})),
            CallEnd::kTransport);
  EXPECT_EQ(end_of("tools/call", Outcome::failure(Error{ErrorCode::kLimit, "too large", {}})),
            CallEnd::kRpcError);
}

TEST(CountedMethods, AreWhatClientsAskAndOneForAllElse) {
  auto names = counted_methods();
  EXPECT_EQ(names.back(), "other");
  EXPECT_EQ(names[counted_method("tools/call")], "tools/call");
  EXPECT_EQ(names[counted_method("subscriptions/listen")], "subscriptions/listen");
  for (const char* other : {"made/up", "sampling/createMessage", "notifications/progress", ""}) {
    EXPECT_EQ(names[counted_method(other)], "other") << other;
  }
  EXPECT_EQ(std::count(names.begin(), names.end(), "ping"), 1);
}

TEST(Capability, IsTheFirstWordOfAMethod) {
  EXPECT_EQ(capability_of("tools/call"), "tools");
  EXPECT_EQ(capability_of("ping"), "ping");
}

}  // namespace
}  // namespace mcp::gateway
