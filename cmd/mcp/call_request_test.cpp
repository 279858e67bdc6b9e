#include "cmd/mcp/call_request.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cmd/mcp/call_print.h"
#include "internal/base/fake_env.h"

namespace mcp::cmd {
namespace {

constexpr const char* kSchema =
    R"({"properties":{"s":{"type":"string"},"n":{"type":"number"},"b":{"type":"boolean"}}})";

TEST(TypedArguments, FollowTheSchema) {
  EXPECT_EQ(*typed_arguments({"s=7", "n=7", "b=true"}, kSchema), R"({"s":"7","n":7,"b":true})");
  EXPECT_EQ(*typed_arguments({"free={\"a\": 1}", "word=two words"}, ""),
            R"({"free":{"a": 1},"word":"two words"})");
  EXPECT_FALSE(typed_arguments({"n=seven"}, kSchema));
}

TEST(TypedArguments, KeepEveryDigitOfANumber) {
  EXPECT_EQ(*typed_arguments({"n=12345678901234567890123", "m=1E400"}, kSchema),
            R"({"n":12345678901234567890123,"m":1E400})");
}

TEST(TypedArguments, RefuseAKeyThatIsGivenTwice) {
  auto twice = typed_arguments({"s=a", "s=b"}, kSchema);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "--arg s is given twice");
  EXPECT_EQ(*text_arguments({"a=1", "b=x"}), R"({"a":"1","b":"x"})");
}

TEST(ParseVerb, NamesTheWordThatIsTooMuch) {
  EXPECT_EQ(parse_verb({"tools", "list", "extra"}).error().message, "unexpected argument \"extra\"");
  EXPECT_EQ(parse_verb({"tools", "lst"}).error().message, "\"tools lst\" is not a call");
  EXPECT_TRUE(parse_verb({"tools", "list"}));
}

TEST(JsonArguments, AreAnObject) {
  FakeEnv env;
  EXPECT_EQ(*read_json_arguments(env, "{\"a\":1}"), "{\"a\":1}");
  auto list = read_json_arguments(env, "[1]");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kUsage);
  EXPECT_EQ(list.error().message, "--json-args: the arguments of a tool are an object, not a list");
}

std::string printed(std::string_view raw) {
  std::ostringstream out;
  print_result(out, CallVerb::Kind::kTool, raw);
  return out.str();
}

TEST(PrintResult, ShowsNumbersWithAllTheirDigits) {
  EXPECT_EQ(printed(R"({"structuredContent":{"n":12345678901234567890123},"content":[]})"),
            "{\n  \"n\": 12345678901234567890123\n}\n");
}

TEST(PrintResult, ShowsWhatNoDoubleCanHold) {
  EXPECT_EQ(printed(R"({"content":[{"type":"text","text":"n"}],"structuredContent":{"e":1E400}})"),
            "{\n  \"content\": [\n    {\n      \"type\": \"text\",\n      \"text\": \"n\"\n    }\n  ],\n"
            "  \"structuredContent\": {\n    \"e\": 1E400\n  }\n}\n");
}

// The rules are the configuration's (config::check_header_name and its like).
TEST(ParseHeader, TakesWhatTheConfigurationTakes) {
  EXPECT_EQ(parse_header("X-A:  b: c ").value(), std::make_pair(std::string("X-A"), std::string("b: c")));
  EXPECT_EQ(parse_header("Authorization: Bearer ${env:TOKEN}")->second, "Bearer ${env:TOKEN}");
  EXPECT_EQ(parse_header("X: file:/run/secrets/x")->second, "file:/run/secrets/x");
  for (const char* own : {"Host: x", "content-length: 3", "Mcp-Session-Id: 1", "Accept: */*"}) {
    auto refused = parse_header(own);
    ASSERT_FALSE(refused) << own;
    EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
    EXPECT_NE(refused.error().message.find("is set by mcp itself"), std::string::npos);
  }
  for (const char* wrong : {"", "X", ": x", "a b: c", "X: a\nY: b", "X: ${", "X: file:"})
    EXPECT_FALSE(parse_header(wrong)) << wrong;
}

}  // namespace
}  // namespace mcp::cmd
