#include "internal/json/scan.h"

#include <malloc.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::json {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<void> check(std::string_view text) { return validate(Bytes::copy(text)); }

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(JsonValidate, AcceptsEveryKindOfWholeText) {
  for (std::string_view text :
       {"{}", "[]", "\"x\"", "1", "-0.5e-3", "true", "false", "null", " \r\n\t{\"a\": [1, 2]} "}) {
    EXPECT_TRUE(check(text)) << text;
  }
}

TEST(JsonValidate, RefusesWhatIsNotOneText) {
  for (std::string_view text :
       {"",    " ",  "{",  "}",  "{} {}", "{},", "[1,]", "{\"a\":1,}", "{a:1}",  "{'a':1}",
        "nul", "01", "+1", "1.", ".5",    "1e",  "-",    "\"\\x\"",    "\"\n\"", "{} x"}) {
    auto result = check(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kMalformed) << text;
  }
}

TEST(JsonValidate, RefusesTheEmptyDefaultBytes) { EXPECT_FALSE(validate(Bytes())); }

TEST(JsonValidate, RefusesBytesThatAreNotUtf8) {
  for (std::string_view text :
       {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe4\xb8\""}) {
    auto result = check(text);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
  }
}

TEST(JsonValidate, BoundsTheDepth) {
  EXPECT_TRUE(check(nested(250)));
  auto deep = check(nested(300));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::kLimit);
}

// Short texts and long ones are checked in different ways, and so are those with what simdjson's DOM refuses.
TEST(JsonValidate, TakesAsManyLevelsAsAllowedAndNotOneMore) {
  for (int levels : {4, 9, kMaxDepth}) {
    for (const std::string& beside : {std::string("1"), std::string("123456789012345678901234567890"),
                                      std::string(R"("\ud83d")"), '"' + std::string(2 << 20, 'x') + '"'}) {
      auto text = [&](int deep) {
        return "[" + beside + "," + nested(static_cast<std::size_t>(deep) - 1) + "]";
      };
      EXPECT_TRUE(validate(Bytes::copy(text(levels)), levels))
          << levels << " beside " << beside.substr(0, 40);
      auto deeper = validate(Bytes::copy(text(levels + 1)), levels);
      ASSERT_FALSE(deeper) << levels << " beside " << beside.substr(0, 40);
      EXPECT_EQ(deeper.error().code, ErrorCode::kLimit);
    }
  }
}

TEST(JsonValidate, KeepsTheDepthBoundAfterALongerText) {
  ASSERT_TRUE(check("\"" + std::string(2 << 20, 'x') + "\""));
  EXPECT_FALSE(check(nested(300)));
}

TEST(JsonValidate, AcceptsNumbersOfAnySize) {
  for (const std::string& text :
       {std::string("18446744073709551616"), "[-" + std::string(400, '9') + "]", std::string("{\"a\":1e999}"),
        std::string("[12345678901234567890123,\"1e\\\"2e\"]")}) {
    EXPECT_TRUE(check(text)) << text;
  }
}

TEST(JsonValidate, StillJudgesTheRestBesideAHugeNumber) {
  const std::string huge = "12345678901234567890123";
  for (const std::string& text :
       {"[" + huge + ",01]", "[" + huge + ",]", "[" + huge + " " + huge + "]", huge + "x", "[0" + huge + "]",
        "[" + huge + ",1.]", "[" + huge + ",\"\xff\"]"}) {
    EXPECT_FALSE(check(text)) << text;
  }
  auto deep = check("[" + huge + "," + nested(300) + "]");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::kLimit);
}

TEST(JsonTypeOf, TellsTheTypeByTheFirstByte) {
  EXPECT_EQ(type_of("{}"), Type::kObject);
  EXPECT_EQ(type_of("[]"), Type::kArray);
  EXPECT_EQ(type_of("\"\""), Type::kString);
  EXPECT_EQ(type_of("-1"), Type::kNumber);
  EXPECT_EQ(type_of("true"), Type::kBoolean);
  EXPECT_EQ(type_of("false"), Type::kBoolean);
  EXPECT_EQ(type_of("null"), Type::kNull);
  EXPECT_EQ(type_of(""), Type::kNull);
}

TEST(ScanObject, GivesDecodedKeysAndRawValuesInOrder) {
  Bytes text = Bytes::copy(R"( {"b" : "x\"}" , "a\u0062":{"n":[1, 2]}, "t":true,"n":null,"f":-1.50 } )");
  auto fields = scan_object(text);
  ASSERT_TRUE(fields);
  std::vector<std::string> keys;
  for (const Field& field : *fields) keys.emplace_back(field.key);
  EXPECT_THAT(keys, ElementsAre("b", "ab", "t", "n", "f"));
  EXPECT_EQ(fields->get("b"), R"("x\"}")");
  EXPECT_EQ(fields->get("ab"), R"({"n":[1, 2]})");
  EXPECT_EQ(fields->get("f"), "-1.50");
  EXPECT_EQ(fields->get("absent"), "");
  EXPECT_EQ(fields->find("absent"), nullptr);
}

TEST(ScanObject, SlicesLieInTheSource) {
  Bytes text = Bytes::copy(R"({"a":{"b":12345678901234567890123}})");
  auto fields = scan_object(text);
  ASSERT_TRUE(fields);
  Bytes inner = text.slice(fields->get("a"));
  auto nested_fields = scan_object(inner);
  ASSERT_TRUE(nested_fields);
  EXPECT_EQ(nested_fields->get("b"), "12345678901234567890123");
}

TEST(ScanObject, RefusesAKeyThatStandsTwice) {
  for (std::string_view text : {R"({"id":1,"id":2})", R"({"id":1,"\u0069d":2})", R"({"":1,"":2})"}) {
    auto fields = scan_object(Bytes::copy(text));
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(fields.error().message, HasSubstr("twice"));
  }
}

TEST(ScanObject, RefusesADuplicateAmongManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(scan_object(Bytes::copy(text + "\"k40\":0}")));
  for (int i : {0, 15, 16, 17, 39}) {
    EXPECT_FALSE(scan_object(Bytes::copy(text + "\"k" + std::to_string(i) + "\":0}"))) << i;
  }
}

TEST(ScanObject, RefusesWhatIsNoObject) {
  for (std::string_view text : {"[]", "1", "\"{}\"", "null"})
    EXPECT_FALSE(scan_object(Bytes::copy(text))) << text;
}

TEST(ScanArray, GivesTheElements) {
  Bytes text = Bytes::copy(R"([ {"a":1} ,[2, 3], "x" ,4 ])");
  auto elements = scan_array(text);
  ASSERT_TRUE(elements);
  EXPECT_THAT(*elements, ElementsAre(R"({"a":1})", "[2, 3]", R"("x")", "4"));
  EXPECT_TRUE(scan_array(Bytes::copy("[]"))->empty());
  EXPECT_FALSE(scan_array(Bytes::copy("{}")));
}

TEST(JsonValidate, KeepsNoMemoryOfALargeText) {
  ASSERT_TRUE(check("{}"));
  // With a sanitizer's allocator both figures are 0.
  auto used = [] {
    struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  std::size_t before = used();
  {
    Bytes large = Bytes::adopt("{\"text\":\"" + std::string(16 << 20, 'x') + "\"}");
    ASSERT_TRUE(validate(large));
    ASSERT_TRUE(scan_object(large));
  }
  EXPECT_LE(used(), before + (1 << 20));
}

TEST(DecodeString, ResolvesEscapes) {
  EXPECT_EQ(decode_string(R"("plain")").value(), "plain");
  EXPECT_EQ(decode_string(R"("a\"\\\/\n\u00e9\ud83d\ude00")").value(), "a\"\\/\n\u00e9\U0001F600");
  EXPECT_EQ(decode_string(R"("")").value(), "");
  for (std::string_view raw : {"", "\"", "x", "1", "null", R"("\ud80")", R"("a\")"})
    EXPECT_FALSE(decode_string(raw)) << raw;
}

TEST(ScanObject, TellsKeysThatHoldHalfASurrogatePairApart) {
  Bytes text = Bytes::copy(R"({"\ud800":1,"\ud801":2,"a":3})");
  ASSERT_TRUE(validate(text));
  auto fields = scan_object(text);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->size(), 3u);
  EXPECT_EQ(fields->get("a"), "3");
  auto twice = scan_object(Bytes::copy(R"({"\ud800":1,"\uD800":2})"));
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr(R"("\ud800" appears twice)"));
}

TEST(DecodeInteger, TakesOnlyWhatFits) {
  EXPECT_EQ(decode_integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(decode_integer("42"), 42);
  for (std::string_view raw : {"", "1.0", "1e3", "9223372036854775808", "\"1\"", "null"}) {
    EXPECT_EQ(decode_integer(raw), std::nullopt) << raw;
  }
}

}  // namespace
}  // namespace mcp::json
