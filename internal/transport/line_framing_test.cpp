#include "internal/transport/line_framing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mcp::transport {
namespace {

// Every outcome until more bytes are needed: the line, or the error's code in angle brackets.
void drain(LineFramer& framer, std::vector<std::string>& out) {
  for (;;) {
    auto next = framer.next();
    if (!next) {
      out.push_back("<" + std::string(to_string(next.error().code)) + ">");
      continue;
    }
    if (!*next) return;
    out.emplace_back((*next)->view());
  }
}

std::vector<std::string> frame(std::size_t max_line, const std::vector<std::string_view>& pieces) {
  LineFramer framer(max_line);
  std::vector<std::string> out;
  for (auto piece : pieces) {
    framer.feed(piece);
    drain(framer, out);
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(LineFramer, GivesEachLineWithoutItsEnd) {
  EXPECT_EQ(frame(100, {"{\"a\":1}\n{\"b\":2}\n"}), (Lines{"{\"a\":1}", "{\"b\":2}"}));
}

TEST(LineFramer, WaitsForTheEndOfALine) {
  LineFramer framer(100);
  framer.feed("{\"a\":");
  auto nothing = framer.next();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  EXPECT_EQ(framer.pending(), 5u);
  framer.feed("1}\n");
  auto line = framer.next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->view(), "{\"a\":1}");
  EXPECT_EQ(framer.pending(), 0u);
}

TEST(LineFramer, ToleratesACarriageReturnBeforeTheNewline) {
  EXPECT_EQ(frame(100, {"{}\r\n[]\r\n"}), (Lines{"{}", "[]"}));
}

TEST(LineFramer, KeepsACarriageReturnInsideALine) { EXPECT_EQ(frame(100, {"a\rb\n"}), (Lines{"a\rb"})); }

TEST(LineFramer, SkipsBlankLines) { EXPECT_EQ(frame(100, {"\n\r\n  \t\n{}\n\n"}), (Lines{"{}"})); }

TEST(LineFramer, AcceptsALineAtTheLimit) {
  EXPECT_EQ(frame(4, {"abcd\n"}), (Lines{"abcd"}));
  EXPECT_EQ(frame(4, {"abcd\r\n"}), (Lines{"abcd"}));
}

TEST(LineFramer, RejectsALineOneByteOverTheLimit) {
  EXPECT_EQ(frame(4, {"abcde\n"}), (Lines{"<limit>"}));
  EXPECT_EQ(frame(4, {"abcde\r\n"}), (Lines{"<limit>"}));
}

TEST(LineFramer, GivesWhatStandsAroundALongLine) {
  EXPECT_EQ(frame(4, {"a\nb\nabcdef\nc\n"}), (Lines{"a", "b", "<limit>", "c"}));
  EXPECT_EQ(frame(4, {"abcde", "f", "", "g\nabcde\n\nh\n"}), (Lines{"<limit>", "<limit>", "h"}));
}

TEST(LineFramer, TellsTheSizeTheLimitAndTheHeadOfALongLine) {
  LineFramer framer(2000);
  std::string head(LineFramer::kHeadBytes, 'h');
  for (const std::string& piece : {head, std::string(3000, 'x'), std::string(5, 'y')}) {
    framer.feed(piece);
    auto nothing = framer.next();
    ASSERT_TRUE(nothing && !*nothing);
  }
  EXPECT_EQ(framer.pending(), head.size() + 3005);
  framer.feed("\n{}\n");
  auto refused = framer.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "a line of 4029 bytes; the limit of one message is 2000 bytes");
  EXPECT_EQ(framer.take_refused().view(), head);
  EXPECT_TRUE(framer.take_refused().empty());
  EXPECT_EQ((*framer.next())->view(), "{}");
}

TEST(LineFramer, KeepsNoMoreOfALongLineThanItsHead) {
  LineFramer framer(1 << 20);
  std::string block(1 << 20, 'x');
  for (int i = 0; i < 200; ++i) {
    framer.feed(block);
    auto nothing = framer.next();
    ASSERT_TRUE(nothing && !*nothing);
    ASSERT_LE(framer.held(), 2 * block.size()) << i;
  }
  EXPECT_EQ(framer.held(), 0u);
}

TEST(LineFramer, HandsOutTheLineThatIsNoText) {
  LineFramer framer(100);
  framer.feed("a\xff\n");
  EXPECT_EQ(framer.next().error().message, "a line of 2 bytes is not valid UTF-8");
  EXPECT_EQ(framer.take_refused().view(), "a\xff");
}

TEST(LineFramer, SkipsOneLineThatIsNotUtf8) {
  EXPECT_EQ(frame(100, {"a\n\xff\xfe\nb\n"}), (Lines{"a", "<malformed>", "b"}));
  EXPECT_EQ(frame(100, {"abcdefgh\xed\xa0\x80\nb\n"}), (Lines{"<malformed>", "b"}));
}

TEST(LineFramer, SkipsOneLineThatHoldsANulByte) {
  std::string_view text("a\nb\0c\nd\n", 8);
  EXPECT_EQ(frame(100, {text}), (Lines{"a", "<malformed>", "d"}));
}

TEST(LineFramer, AcceptsMultiByteCharacters) {
  EXPECT_EQ(frame(100, {"\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"\n"}),
            (Lines{"\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""}));
}

// The outcome must not depend on where the stream was cut.
TEST(LineFramer, GivesTheSameForEverySplit) {
  std::string text = "{\"a\":1}\r\n\n\xc3\xbc\xf0\x9f\x98\x80\nbad\xff\nnu";
  text.push_back('\0');
  text += "l\n   \r\n12345678\r\n[1,2]\n123456789\r\n\xff\nnever\n";
  std::string_view all = text;
  Lines whole = frame(8, {all});
  ASSERT_EQ(whole, (Lines{"{\"a\":1}", "\xc3\xbc\xf0\x9f\x98\x80", "<malformed>", "<malformed>", "12345678",
                          "[1,2]", "<limit>", "<malformed>", "never"}));
  for (std::size_t i = 0; i <= all.size(); ++i) {
    for (std::size_t k = i; k <= all.size(); ++k) {
      ASSERT_EQ(frame(8, {all.substr(0, i), all.substr(i, k - i), all.substr(k)}), whole) << i << " " << k;
    }
  }
}

TEST(LineFramer, GivesTheSameByteByByte) {
  std::string_view text = "{\"a\":1}\r\n\xc3\xbc\n\n12345678\n123456789\n";
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  EXPECT_EQ(frame(8, bytes), frame(8, {text}));
}

TEST(LineFramer, HoldsALargeLineOnce) {
  const std::size_t size = 64u << 20;
  LineFramer framer(size);
  std::string chunk(64u << 10, 'x');
  for (std::size_t sent = 0; sent < size; sent += chunk.size()) {
    framer.feed(chunk);
    if (sent + chunk.size() < size) {
      auto nothing = framer.next();
      ASSERT_TRUE(nothing && !*nothing);
    }
  }
  framer.feed("\n{}\n");
  auto line = framer.next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->size(), size);
  EXPECT_EQ((*line)->view().find_first_not_of('x'), std::string_view::npos);
  EXPECT_EQ(framer.pending(), 3u) << "the line was taken out, not copied";
  auto next = framer.next();
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->view(), "{}");
}

TEST(LineFramer, GivesManyLinesFedAtOnce) {
  const std::size_t count = 200'000;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "{\"id\":" + std::to_string(i) + "}\n";
  LineFramer framer(1u << 20);
  framer.feed(text);
  Lines out;
  drain(framer, out);
  ASSERT_EQ(out.size(), count);
  EXPECT_EQ(out.back(), "{\"id\":199999}");
}

TEST(LineFramer, GivesLinesWhenFedFasterThanTaken) {
  LineFramer framer(100);
  Lines expected;
  Lines out;
  for (int i = 0; i < 1000; ++i) {
    std::string a = "a" + std::to_string(i);
    framer.feed(a + "\n" + a + "\npart");
    framer.feed("ial\n");
    for (const auto& line : {a, a, std::string("partial")}) expected.push_back(line);
    auto one = framer.next();
    ASSERT_TRUE(one && *one);
    out.emplace_back((*one)->view());
  }
  drain(framer, out);
  EXPECT_EQ(out, expected);
}

TEST(LineFramer, GivesPaddedBytes) {
  LineFramer framer(100);
  framer.feed("{}\n");
  auto line = framer.next();
  ASSERT_TRUE(line && *line);
  EXPECT_NE((*line)->data(), nullptr);
  volatile char last = (*line)->data()[(*line)->size() + Bytes::kPadding - 1];
  (void)last;
}

}  // namespace
}  // namespace mcp::transport
