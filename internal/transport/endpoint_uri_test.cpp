#include "internal/transport/endpoint_uri.h"

#include <gtest/gtest.h>

namespace mcp::transport {
namespace {

std::string resolved(const std::string& stream, const std::string& reference) {
  auto url = endpoint_uri(*http::parse_url(stream), reference);
  return url ? url->text() : "error: " + url.error().message;
}

TEST(EndpointUri, IsRelativeToTheStreamsAddress) {
  struct Row {
    const char* stream;
    const char* reference;
    const char* expected;
  };
  // The references of RFC 3986 §5.4 that name a place on a web server, and what servers send.
  for (const Row& row : std::initializer_list<Row>{
           {"http://h/sse", "/messages?sessionId=a", "http://h/messages?sessionId=a"},
           {"http://h:81/x/sse", "messages?sessionId=a", "http://h:81/x/messages?sessionId=a"},
           {"http://h/x/y/sse?k=/v", "../m?s=../a", "http://h/x/m?s=../a"},
           {"http://h/x/sse", "?sessionId=a", "http://h/x/sse?sessionId=a"},
           {"http://h/x/sse", "./m", "http://h/x/m"},
           {"http://h/sse", "../../m", "http://h/m"},
           {"http://h/a/b/sse", "..", "http://h/a/"},
           {"http://h/sse", "/m/../n/./o", "http://h/n/o"},
           {"http://h/sse", "http://H:80/m?s=1", "http://h/m?s=1"},
           {"https://h/sse", "//h/m", "https://h/m"},
           {"http://h/sse", "/m?to=http://other/", "http://h/m?to=http://other/"},
           {"http://[::1]:81/sse", " /m#part ", "http://[::1]:81/m"},
       }) {
    EXPECT_EQ(resolved(row.stream, row.reference), row.expected) << row.reference;
  }
}

TEST(EndpointUri, AnotherOriginIsRefused) {
  for (const char* reference : {"http://other/m", "//other/m", "https://h/m", "http://h:81/m",
                                "http://h.evil.example/m", "HTTP://127.0.0.1/m"}) {
    auto url = endpoint_uri(*http::parse_url("http://h/sse"), reference);
    ASSERT_FALSE(url) << reference;
    EXPECT_EQ(url.error().code, ErrorCode::kProtocol);
    EXPECT_NE(url.error().message.find("another origin"), std::string::npos) << url.error().message;
    EXPECT_EQ(url.error().hint, "messages are only sent to http://h");
  }
}

TEST(EndpointUri, WhatIsNoAddressIsRefused) {
  for (const char* reference : {"", " ", "#m", "file:///etc/passwd", "http://", "/a b", "http://u:p@h/m"}) {
    std::string why = resolved("http://h/sse", reference);
    EXPECT_TRUE(why.starts_with("error: the server's endpoint event names no address: ")) << why;
  }
}

}  // namespace
}  // namespace mcp::transport
