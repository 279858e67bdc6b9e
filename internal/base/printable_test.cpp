#include "internal/base/printable.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

TEST(Printable, EscapesWhatWouldMoveOrTurnTheText) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\t\r\x7f"), "a\\u001b[2Jb\\u000a\\u0009\\u000d\\u007f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u0000");
  EXPECT_EQ(printable("\xc2\x80\xc2\x9b"
                      "2J\xc2\xa0"),
            "\\u0080\\u009b2J\xc2\xa0");
  EXPECT_EQ(printable("safe\xe2\x80\xae"
                      "exe.txt"),
            "safe\\u202eexe.txt");
}

TEST(Printable, EscapesEveryCharacterOfDirection) {
  const char* const turning[] = {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
                                 "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
  for (const char* text : turning) {
    EXPECT_EQ(printable(text).substr(0, 2), "\\u") << printable(text);
    EXPECT_EQ(printable_lines(text), printable(text));
    EXPECT_FALSE(is_printable(text));
  }
  for (const char* text : {"\u061b", "\u200d", "\u202f", "\u2065", "\u206a"}) EXPECT_TRUE(is_printable(text));
}

TEST(Printable, KeepsEveryOtherText) {
  for (const char* text : {"", "plain ~", "\xc3\xa4\xe2\x82\xac", "\U0001F600 \u05d0\u05d1"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_TRUE(is_printable(text)) << text;
  }
}

TEST(Printable, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\x9b"
                      "b\xff"),
            "a\uFFFDb\uFFFD");
  EXPECT_EQ(printable("\xe2\x82"), "\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xc0\x9b"), "\uFFFD\uFFFD");
  EXPECT_FALSE(is_printable("\xff"));
}

TEST(PrintableLines, KeepsNewlinesAndTabs) {
  EXPECT_EQ(printable_lines("a\tb\nc\r\n\x1b[0m"), "a\tb\nc\\u000d\n\\u001b[0m");
}

}  // namespace
}  // namespace mcp
