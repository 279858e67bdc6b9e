#include "internal/json/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mcp::json {
namespace {

TEST(JsonParse, KeepsTheOrderOfKeys) {
  auto value = parse(R"({"b":1,"a":{"d":2,"c":3}})");
  ASSERT_TRUE(value);
  EXPECT_EQ(dump(*value), R"({"b":1,"a":{"d":2,"c":3}})");
}

TEST(JsonParse, RefusesKeysThatStandTwiceInOneObject) {
  EXPECT_FALSE(parse(R"({"a":1,"a":2})"));
  EXPECT_FALSE(parse(R"([{"x":{"a":1,"\u0061":2}}])"));
  EXPECT_TRUE(parse(R"({"a":{"a":1},"b":{"a":2}})"));
  EXPECT_TRUE(parse(R"([{"a":1},{"a":2}])"));
}

TEST(JsonParse, BoundsTheDepth) {
  auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(parse(nested(4), 4));
  EXPECT_FALSE(parse(nested(5), 4));
  EXPECT_FALSE(parse(nested(100'000)));
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (std::string_view text : {"", "{", "{\"a\"}", "[1,]", "nan", "{} {}", "\"\xff\""}) {
    auto value = parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::kMalformed);
  }
}

TEST(JsonParse, ReadsHalfASurrogatePairAsTheReplacementCharacter) {
  auto value = parse(R"({"a":"hello \ud83d","b":"\\ud83d \ud83d\ude00"})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("a"), "hello \xef\xbf\xbd");
  EXPECT_EQ(value->at("b"), "\\ud83d \U0001F600");
  EXPECT_FALSE(parse(R"({"a":"\ud83d",})"));
}

TEST(JsonDump, ReplacesInvalidUtf8) { EXPECT_EQ(dump(Value(std::string("a\xff"))), "\"a\xef\xbf\xbd\""); }

}  // namespace
}  // namespace mcp::json
