#include "internal/json/grammar.h"

#include <gtest/gtest.h>

#include "internal/json/scan.h"

namespace mcp::json {
namespace {

constexpr std::size_t kDepth = 256;

bool accepts(std::string_view text) { return check_grammar(text, kDepth).has_value(); }

const char* const kGood[] = {"{}", "[]", " {} ", "null", "true", "false", "0", "-0.5e+10", "\"\"",
                             R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")",
                             // RFC 8259 §8.2: half a surrogate pair.
                             "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
                             "{\"\\ud83d\":[\"hello \\uD83D\",12345678901234567890123]}",
                             "[1,2,[3,{\"a\":[]}],{}]", "{\"a\":1,\"b\":{\"c\":[true,null]},\"a\":2}",
                             "12345678901234567890123",
                             "\"gr\xc3\xbc\xc3\x9f und viel mehr als acht Zeichen \xf0\x9f\x98\x80\"",
                             "[ 1 , 2 ]\n", "{ \"a\" : \"b\" }"};

const char* const kBad[] = {"",
                            " ",
                            "{",
                            "}",
                            "[",
                            "[1",
                            "[1,",
                            "[1,]",
                            "[,1]",
                            "[1 2]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "{1:2}",
                            "{\"a\":1 \"b\":2}",
                            "[1}",
                            "{\"a\":1]",
                            "01",
                            "1.",
                            ".5",
                            "+1",
                            "-",
                            "1e",
                            "0x1",
                            "nul",
                            "True",
                            "NaN",
                            "\"",
                            "\"a",
                            "\"\\\"",
                            "\"\\x\"",
                            "\"\\u12\"",
                            "\"\\u12g4\"",
                            "\"\\ud800\\x\"",
                            "\"\\ud800\\u12\"",
                            "\"\\ud800",
                            "[\"\\udc00\", 1e]",
                            "\"a\nb\"",
                            "\"01234567890123456789\x1f\"",
                            "{}{}",
                            "{} x",
                            "1 2",
                            "\"\xff\"",
                            "\"\xed\xa0\x80\"",
                            "\"\xc3\"",
                            "'a'",
                            "[1]]"};

TEST(CheckGrammar, AcceptsWhatIsJson) {
  for (const char* text : kGood) EXPECT_TRUE(accepts(text)) << text;
}

TEST(CheckGrammar, RefusesWhatIsNot) {
  for (const char* text : kBad) EXPECT_FALSE(accepts(text)) << text;
}

TEST(CheckGrammar, SaysTheSameAsTheParserForSmallTexts) {
  for (const char* text : kGood) EXPECT_TRUE(validate(Bytes::copy(text))) << text;
  for (const char* text : kBad) EXPECT_FALSE(validate(Bytes::copy(text))) << text;
}

// A mistake must be seen wherever it falls among the eight bytes that are looked at together.
TEST(CheckGrammar, SeesAMistakeAtEveryPlaceOfAString) {
  for (std::size_t at = 1; at < 40; ++at) {
    std::string text = "\"" + std::string(40, 'x') + "\"";
    EXPECT_TRUE(accepts(text));
    for (char bad : {'\x01', '\n', '"', '\\'}) {
      std::string spoilt = text;
      spoilt[at] = bad;
      EXPECT_FALSE(accepts(spoilt)) << at << " " << static_cast<int>(bad);
    }
    std::string good = text;
    good.replace(at, 2, "\xc3\xbc");
    EXPECT_TRUE(accepts(good)) << at;
  }
}

TEST(CheckGrammar, RefusesEveryBeginningOfAText) {
  std::string text = R"({"a":[1,"b\u00e9c",{"d":null}],"e":-1.5e3})";
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(accepts(text.substr(0, size))) << size;
  EXPECT_TRUE(accepts(text));
}

TEST(CheckGrammar, LimitsTheDepthAsTheParserDoes) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  for (std::size_t depth = kDepth - 2; depth <= kDepth + 2; ++depth) {
    EXPECT_EQ(accepts(nested(depth)), validate(Bytes::adopt(nested(depth))).has_value()) << depth;
  }
  EXPECT_EQ(check_grammar(nested(kDepth + 1), kDepth).error().code, ErrorCode::kLimit);
}

TEST(JsonValidate, JudgesLargeTextsToo) {
  std::string inner(2 << 20, 'x');
  EXPECT_TRUE(validate(Bytes::adopt("{\"a\":\"" + inner + "\"}")));
  EXPECT_FALSE(validate(Bytes::adopt("{\"a\":\"" + inner + "\"")));
  EXPECT_FALSE(validate(Bytes::adopt("{\"a\":\"" + inner + "\xff\"}")));
}

}  // namespace
}  // namespace mcp::json
