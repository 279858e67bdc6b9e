#include <gtest/gtest.h>

#include "internal/http/client.h"

namespace mcp::http {
namespace {

TEST(Url, TakesAnAddressApart) {
  auto url = parse_url("HTTPS://Example.com:8443/mcp?x=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/mcp?x=1");
  EXPECT_EQ(url->host_header(), "example.com:8443");
  EXPECT_EQ(url->text(), "https://example.com:8443/mcp?x=1");
}

TEST(Url, FillsInWhatIsLeftOut) {
  EXPECT_EQ(parse_url("http://h")->text(), "http://h/");
  EXPECT_EQ(parse_url("http://h")->port, 80);
  EXPECT_EQ(parse_url("https://h")->port, 443);
  EXPECT_EQ(parse_url("http://h:80/")->host_header(), "h");
  EXPECT_EQ(parse_url("http://h?q")->target, "/?q");
}

TEST(Url, KnowsAddressesInBrackets) {
  auto url = parse_url("http://[::1]:8080/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->text(), "http://[::1]:8080/x");
}

TEST(Url, LeadsThroughASocket) {
  auto url = parse_url("unix:/run/mcp%3A1/s:/mcp?x=a:b#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->socket, "/run/mcp:1/s");
  EXPECT_EQ(url->target, "/mcp?x=a:b");
  EXPECT_EQ(url->host_header(), "localhost");
  EXPECT_EQ(url->text(), "unix:/run/mcp%3A1/s:/mcp?x=a:b");
  EXPECT_TRUE(parse_url("unix:/" + std::string(106, 'p') + ":/mcp"));
  EXPECT_FALSE(parse_url("unix:/" + std::string(107, 'p') + ":/mcp"));
}

TEST(Url, RefusesTheRest) {
  for (const char* text : {"",
                           "h",
                           "/mcp",
                           "ftp://h/",
                           "http:/h",
                           "http://",
                           "http:///x",
                           "http://:80/",
                           "http://h:/",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:8x/",
                           "http://h:-1/",
                           "http://user@h/",
                           "http://user:pw@h/",
                           "http://h /",
                           "http://h/a b",
                           "http://h/\n",
                           "http://[::1/",
                           "http://[]/",
                           "http://[::1]x/",
                           "http://a\\b/",
                           "http://[x]/",
                           "http://h]/",
                           "unix:",
                           "unix:/run/s",
                           "unix:/run/s:",
                           "unix:/run/s:mcp",
                           "unix:run/s:/mcp",
                           "unix:/run/%0/s:/mcp",
                           "unix:///run/s"}) {
    auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kInvalid) << text;
    EXPECT_EQ(url.error().message.find("pw"), std::string::npos);
  }
}

}  // namespace
}  // namespace mcp::http
