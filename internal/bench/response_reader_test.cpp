#include "internal/bench/response_reader.h"

#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

const std::string kPlain =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: abc\r\nContent-Length: "
    "5\r\n\r\nhello";
const std::string kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n";

TEST(ResponseReader, ReadsABodyWithALength) {
  ResponseReader reader;
  EXPECT_EQ(reader.feed(kPlain), kPlain.size());
  ASSERT_TRUE(reader.done());
  EXPECT_EQ(reader.status(), 200);
  EXPECT_EQ(reader.session(), "abc");
  EXPECT_EQ(reader.body().beginning(), "hello");
}

TEST(ResponseReader, ReadsResponsesSplitAnywhere) {
  for (const std::string& whole : {kPlain, kChunked}) {
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      ResponseReader reader;
      std::string_view text = whole;
      std::size_t taken = reader.feed(text.substr(0, cut));
      taken += reader.feed(text.substr(cut));
      EXPECT_EQ(taken, whole.size());
      ASSERT_TRUE(reader.done()) << cut;
      EXPECT_EQ(reader.body().beginning(), "hello") << cut;
    }
    ResponseReader reader;
    for (char byte : whole) reader.feed(std::string_view(&byte, 1));
    ASSERT_TRUE(reader.done());
    EXPECT_EQ(reader.body().beginning(), "hello");
  }
}

TEST(ResponseReader, LeavesTheNextResponseAlone) {
  ResponseReader reader;
  EXPECT_EQ(reader.feed(kChunked + kPlain), kChunked.size());
  ASSERT_TRUE(reader.done());
  reader.reset();
  EXPECT_FALSE(reader.has_begun());
  EXPECT_EQ(reader.feed(kPlain), kPlain.size());
  EXPECT_EQ(reader.body().beginning(), "hello");
}

TEST(ResponseReader, SkipsInterimResponses) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 100 Continue\r\n\r\n" + kPlain);
  ASSERT_TRUE(reader.done());
  EXPECT_EQ(reader.status(), 200);
}

TEST(ResponseReader, ReadsUntilTheConnectionCloses) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel");
  EXPECT_FALSE(reader.done());
  reader.feed("lo");
  reader.end_of_stream();
  ASSERT_TRUE(reader.done());
  EXPECT_TRUE(reader.closes());
  EXPECT_EQ(reader.body().beginning(), "hello");
}

TEST(ResponseReader, NeedsNoBodyFor202Without) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(reader.done());
  reader.reset();
  reader.feed("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(reader.done());
}

TEST(ResponseReader, SeesWhatIsBroken) {
  for (const char* text : {"FTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"}) {
    ResponseReader reader;
    reader.feed(text);
    EXPECT_TRUE(reader.broken()) << text;
  }
  ResponseReader cut;
  cut.feed(std::string_view(kPlain).substr(0, kPlain.size() - 1));
  cut.end_of_stream();
  EXPECT_TRUE(cut.broken());
  ResponseReader endless;
  endless.feed("HTTP/1.1 200 OK\r\n" + std::string(80 << 10, 'x'));
  EXPECT_TRUE(endless.broken());
}

TEST(BodySample, KeepsBothEndsOfALongBody) {
  BodySample sample;
  sample.add("{\"first\":1,");
  for (int i = 0; i < 3000; ++i) sample.add("xxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  sample.add("\"last\":2}");
  EXPECT_EQ(sample.size(), 11 + 3000 * 28 + 9);
  EXPECT_TRUE(sample.contains("{\"first\":1"));
  EXPECT_TRUE(sample.contains("\"last\":2}"));
  EXPECT_FALSE(sample.contains("missing"));
  sample.clear();
  EXPECT_EQ(sample.size(), 0U);
  EXPECT_FALSE(sample.contains("last"));
}

TEST(BodySample, KeepsTheEndOfOneLargePiece) {
  BodySample sample;
  sample.add("a" + std::string(1 << 20, 'x') + "z");
  EXPECT_EQ(sample.size(), (1U << 20) + 2);
  EXPECT_TRUE(sample.contains("xz"));
  EXPECT_TRUE(sample.contains("ax"));
}

}  // namespace
}  // namespace mcp::bench
