#include "internal/json/escapes.h"

#include <gtest/gtest.h>

#include "internal/base/strings.h"

namespace mcp::json {
namespace {

TEST(Unescape, ResolvesEveryEscape) {
  EXPECT_EQ(unescape(R"(a\"\\\/\b\f\n\r\t)"), "a\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"(\u0041\u00e9\u20AC\ud83d\uDE00)"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(unescape(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(unescape(""), "");
  for (std::string_view bad :
       {R"(\)", R"(\x)", R"(\u)", R"(\u12)", R"(\u12g4)", "a\nb", "\"", "\xff", "\xed\xa0\x80\\n"})
    EXPECT_FALSE(unescape(bad)) << bad;
}

// Two names that differ in such a half only are two names, and go on as they came.
TEST(Unescape, KeepsTheHalfOfASurrogatePair) {
  for (std::string_view half : {R"(\ud83d)", R"(\udc00)", R"(x\udbffy)", R"(\ud800A)", R"(\ud83d\ud83d)"}) {
    auto text = unescape(half);
    ASSERT_TRUE(text) << half;
    EXPECT_FALSE(is_valid_utf8(*text)) << half;
    EXPECT_EQ(json_quote(*text), "\"" + std::string(half) + "\"");
  }
  EXPECT_NE(unescape(R"(\ud800)"), unescape(R"(\ud801)"));
  EXPECT_EQ(unescape(R"(\uD83D)"), unescape(R"(\ud83d)"));
}

TEST(WithoutHalfPairs, ReplacesThemAlone) {
  EXPECT_EQ(without_half_pairs(R"({"a\ud83d":"\udc00x\\ud83d\ud83d\ude00"})"),
            R"({"a\ufffd":"\ufffdx\\ud83d\ud83d\ude00"})");
  EXPECT_EQ(without_half_pairs(R"("\ud83d\ud83d\ude00")"), R"("\ufffd\ud83d\ude00")");
  EXPECT_EQ(without_half_pairs(R"("\ud83d\u0041")"), R"("\ufffd\u0041")");
  for (std::string_view text : {"", "\\", R"(\u)", R"("\u00e9")", R"("\ud8)", "\"a\\\\\""})
    EXPECT_EQ(without_half_pairs(text), text);
}

}  // namespace
}  // namespace mcp::json
