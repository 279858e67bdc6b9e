#include "internal/http/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/client.h"

namespace mcp::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string way(const ProxyRules& rules, const char* url) {
  auto proxy = rules.proxy_for(*parse_url(url));
  if (!proxy) return "error: " + proxy.error().message;
  return *proxy == nullptr ? "directly" : (*proxy)->name();
}

TEST(Proxy, IsReadFromAnAddress) {
  struct Row {
    const char* text;
    const char* name;
  };
  for (const auto& [text, name] :
       {Row{"http://cache.example:3128", "cache.example:3128"},
        Row{"http://cache.example", "cache.example:80"}, Row{"cache.example:3128", "cache.example:3128"},
        Row{"HTTP://Cache.Example:3128/ignored?x", "cache.example:3128"}, Row{" 10.0.0.1:8 ", "10.0.0.1:8"},
        Row{"http://[2001:db8::1]:8080", "[2001:db8::1]:8080"}}) {
    auto proxy = parse_proxy(text, "HTTPS_PROXY");
    ASSERT_TRUE(proxy) << text << ": " << proxy.error().message;
    EXPECT_EQ(proxy->name(), name) << text;
    EXPECT_EQ(proxy->authorization, "") << text;
  }
}

TEST(Proxy, TakesUserAndPasswordFromTheAddress) {
  struct Row {
    const char* text;
    const char* authorization;
  };
  for (const auto& [text, authorization] : {
           Row{"http://ada:s3cret@cache.example:1", "Basic YWRhOnMzY3JldA=="},  // ada:s3cret
           Row{"ada:s3cret@cache.example:1", "Basic YWRhOnMzY3JldA=="},
           Row{"http://ada@cache.example:1", "Basic YWRhOg=="},                // ada:
           Row{"http://a%40b:p%3A%2F@cache.example:1", "Basic YUBiOnA6Lw=="},  // a@b:p:/
           Row{"http://ada:p@ss@cache.example:1", "Basic YWRhOnBAc3M="},       // ada:p@ss
       }) {
    auto proxy = parse_proxy(text, "HTTPS_PROXY");
    ASSERT_TRUE(proxy) << text << ": " << proxy.error().message;
    EXPECT_EQ(proxy->authorization, authorization) << text;
    EXPECT_EQ(proxy->name(), "cache.example:1");
  }
}

TEST(Proxy, RefusesWhatIsNoneWithoutRepeatingIt) {
  for (const char* text :
       {"socks5://ada:s3cret@cache.example:1080", "https://ada:s3cret@cache.example", "http://ada:s3cret@",
        "http://ada:s3cret@cache.example:0", "http://ada:s3cret@cache.example:x", "http://ada:s3cret%zz@c:1",
        "http://a%3ab:s3cret@c:1", "http://ada:s3cret@bad host:1", "http://"}) {
    auto proxy = parse_proxy(text, "http_proxy");
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().code, ErrorCode::kConfig) << text;
    EXPECT_THAT(proxy.error().message, HasSubstr("http_proxy")) << text;
    EXPECT_THAT(proxy.error().message + proxy.error().hint, Not(HasSubstr("s3cret"))) << text;
    EXPECT_THAT(proxy.error().hint, HasSubstr("http_proxy=http://")) << text;
  }
}

TEST(ProxyRules, EachSchemeHasItsOwn) {
  ProxyRules rules(
      {.https = "http://s.example:1", .http = "http://p.example:2", .no_proxy = "inner.example"});
  EXPECT_EQ(way(rules, "https://far.example/"), "s.example:1");
  EXPECT_EQ(way(rules, "http://far.example/"), "p.example:2");
  EXPECT_EQ(way(rules, "https://a.inner.example/"), "directly");
  EXPECT_EQ(way(rules, "http://inner.example:81/"), "directly");
  ProxyRules https_only({.https = "http://s.example:1", .http = "", .no_proxy = ""});
  EXPECT_EQ(way(https_only, "http://far.example/"), "directly");
}

TEST(ProxyRules, NothingSetMeansDirectly) {
  EXPECT_EQ(way(ProxyRules(), "https://far.example/"), "directly");
  EXPECT_EQ(way(ProxyRules(ProxySettings()), "http://far.example/"), "directly");
}

TEST(ProxyRules, ThisMachineIsReachedDirectly) {
  ProxyRules rules({.https = "http://s.example:1", .http = "http://p.example:2", .no_proxy = ""});
  for (const char* url : {"http://localhost:8080/mcp", "http://127.0.0.1/", "https://[::1]:1/"})
    EXPECT_EQ(way(rules, url), "directly") << url;
}

TEST(ProxyRules, AnUnusableProxyFailsOnlyWhatWouldGoThroughIt) {
  ProxyRules rules(
      {.https = "socks5://s.example:1", .http = "http://p.example:2", .no_proxy = "inner.example"});
  EXPECT_THAT(way(rules, "https://far.example/"), HasSubstr("error: HTTPS_PROXY names no usable proxy"));
  EXPECT_EQ(way(rules, "http://far.example/"), "p.example:2");
  EXPECT_EQ(way(rules, "https://inner.example/"), "directly");
}

TEST(Proxy, ItsRefusalsNameItAndWhatToDo) {
  Proxy proxy = *parse_proxy("http://ada:s3cret@cache.example:3128", "HTTPS_PROXY");
  Error wrong = proxy_refusal(proxy, 407, "far.example:443");
  EXPECT_EQ(wrong.code, ErrorCode::kDenied);
  EXPECT_EQ(wrong.message, "proxy cache.example:3128 refused the user or the password");
  EXPECT_EQ(wrong.hint, "set HTTPS_PROXY=http://USER:PASSWORD@cache.example:3128");
  Proxy open = *parse_proxy("cache.example:3128", "HTTPS_PROXY");
  EXPECT_EQ(proxy_refusal(open, 407, "x").message, "proxy cache.example:3128 asks for a user and a password");
  Error forbidden = proxy_refusal(proxy, 403, "far.example:443");
  EXPECT_EQ(forbidden.code, ErrorCode::kDenied);
  EXPECT_EQ(forbidden.message, "proxy cache.example:3128 did not connect to far.example:443: 403 Forbidden");
  EXPECT_EQ(proxy_refusal(proxy, 502, "x").code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mcp::http
