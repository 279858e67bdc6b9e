#include <gtest/gtest.h>

#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

using testing::TestPeer;
using testing::TestServer;

struct Row {
  const char* name;
  std::string wire;
  int status = 400;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::string post(const std::string& fields, const std::string& body) {
  return "POST /mcp HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Row> rows() {
  using namespace std::string_literals;
  return {
      // What Beast refuses.
      {"LengthAndChunked", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"DifferingLengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "abc")},
      {"LengthWithPlus", post("Content-Length: +2\r\n", "ab")},
      {"NegativeLength", post("Content-Length: -1\r\n", "")},
      {"LengthOverflow", post("Content-Length: 18446744073709551616\r\n", "ab")},
      {"ChunkedTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"SpaceBeforeColon", post("Content-Length : 2\r\n", "ab")},
      {"BareLineFeed", "GET / HTTP/1.1\nHost: x\n\n"},
      {"NulInValue", post("X-A: a\0b\r\n"s, "")},
      {"BareCarriageReturnInValue", post("X-A: a\rb\r\n", "")},
      {"NegativeChunkSize", chunked("-1\r\nab\r\n0\r\n\r\n")},
      {"ChunkSizeWithPrefix", chunked("0x2\r\nab\r\n0\r\n\r\n")},
      {"ChunkSizeOverflow", chunked("10000000000000002\r\nab\r\n0\r\n\r\n")},
      {"LineFeedInChunkExtension", chunked("2;a\nb\r\nab\r\n0\r\n\r\n")},
      {"ChunkDataWithoutLineEnd", chunked("2\r\nab0\r\n\r\n")},
      {"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"UnknownMinorVersion", "GET / HTTP/1.2\r\nHost: x\r\n\r\n"},
      {"LeadingLineEnd", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      // What Beast 1.81 accepts and we refuse.
      {"EqualLengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")},
      {"LengthList", post("Content-Length: 2,2\r\n", "ab")},
      {"ChunkedInHttp10", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"EncodingGzip", post("Transfer-Encoding: gzip\r\n", "")},
      {"EncodingChunkedGzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
      {"EncodingXchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"FoldedField", post("X-A: a\r\n b\r\n", "")},
      {"NoHost", "GET / HTTP/1.1\r\n\r\n"},
      {"TwoHosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
      {"AbsoluteForm", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      // Relatives of those.
      {"EncodingGzipChunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"EncodingGzipThenChunked",
       post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"FoldedWithTab", post("X-A: a\r\n\tb\r\n", "")},
      {"NoHostInHttp10", "GET / HTTP/1.0\r\n\r\n"},
      {"AuthorityForm", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"AsteriskForm", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"MalformedHost", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"},
      {"DotSegment", "GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"EncodedDotSegment", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"EncodedNul", "GET /a%00 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"BrokenEscape", "GET /a%2 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"Fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"UnknownMajorVersion", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
      {"EndlessChunkExtension", chunked("2;" + std::string(20000, 'a'))},
      // Controls.
      {"Get", "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", 200},
      {"Length", post("Content-Length: 2\r\n", "ab"), 200},
      {"Chunked", chunked("2\r\nab\r\n0\r\n\r\n"), 200},
      {"ChunkedWithOtherCase", post("Transfer-Encoding: Chunked\r\n", "2\r\nab\r\n0\r\n\r\n"), 200},
      {"ChunkExtensionAndTrailer", chunked("2;a=b\r\nab\r\n0\r\nX-T: t\r\n\r\n"), 200},
      {"NoBodyNoLength", post("", ""), 200},
      {"EncodedSpace", "GET /a%20b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
      {"Http10", "GET / HTTP/1.0\r\nHost: x\r\n\r\n", 200},
  };
}

class Smuggling : public ::testing::TestWithParam<Row> {};

TEST_P(Smuggling, GetsItsStatus) {
  const Row& row = GetParam();
  TestServer server;
  TestPeer peer(server.loop, server.port);
  peer.send(row.wire);
  ASSERT_TRUE(peer.wait_for("\r\n\r\n")) << "no answer";
  EXPECT_EQ(peer.received().substr(0, 13), "HTTP/1.1 " + std::to_string(row.status) + " ");
  if (row.status == 200) return;
  // Nothing behind a refused request is looked at.
  EXPECT_NE(peer.received().find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_TRUE(server.handler.requests.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, Smuggling, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace mcp::http
