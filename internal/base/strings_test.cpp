#include "internal/base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp {
namespace {

using testing::ElementsAre;

TEST(JsonQuote, EscapesWhatJsonForbids) {
  EXPECT_EQ(json_quote(""), R"("")");
  EXPECT_EQ(json_quote("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
  EXPECT_EQ(json_quote(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(json_quote("é/\x7f"), "\"é/\x7f\"");
}

TEST(JsonQuote, WritesHalfASurrogatePairAsItsEscape) {
  EXPECT_EQ(json_quote("a\xed\xa0\x80\xed\xbf\xbf"), R"("a\ud800\udfff")");
  EXPECT_EQ(json_quote("\xed\x9f\xbf\xee\x80\x80"), "\"\xed\x9f\xbf\xee\x80\x80\"");
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\na b\n "), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Case, IsAsciiOnly) {
  EXPECT_EQ(to_lower("AZ-É[@"), "az-É[@");
  EXPECT_TRUE(iequals("Mcp-Name", "mcp-nAME"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("[", "{"));
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Utf8, AcceptsEveryLengthAtItsBounds) {
  for (std::string_view text : {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_TRUE(is_valid_utf8(std::string(text) + "a"));
  }
}

TEST(Utf8, RefusesOverlongSurrogateCutAndStrayBytes) {
  for (std::string_view text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xe0\xa0",
                                "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80", "\xff", "\xc2\x41", "\xe2\x82\x41", "\xf0\x9f\x98\x41"}) {
    EXPECT_FALSE(is_valid_utf8(text));
    EXPECT_FALSE(is_valid_utf8("a" + std::string(text)));
  }
}

TEST(EditDistance, CountsAndTransposes) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("serve", "serve"), 0u);
  EXPECT_EQ(edit_distance("serve", "sevre"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  std::vector<std::string> commands = {"serve", "call", "config"};
  EXPECT_EQ(nearest("sevre", commands), "serve");
  EXPECT_EQ(nearest("cnfig", commands), "config");
  EXPECT_EQ(nearest("zzz", commands), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

TEST(GlobMatch, LetsAStarStandForAnyRun) {
  EXPECT_TRUE(glob_match("set_*", "set_"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(glob_match("**a", "bba"));
  EXPECT_FALSE(glob_match("set_*", "get_set_x"));
  EXPECT_FALSE(glob_match("a*b", "a-c"));
  EXPECT_FALSE(glob_match("", "a"));
}

}  // namespace
}  // namespace mcp
