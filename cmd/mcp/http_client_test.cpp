#include "cmd/mcp/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/http/test_proxy.h"

namespace mcp::cmd {
namespace {

using http::testing::fetch;
using http::testing::request_to;
using testing::HasSubstr;
using testing::StartsWith;

TEST(HttpClientOfTheEnvironment, LowerCaseWinsAndEmptyIsNotSet) {
  FakeEnv env;
  EXPECT_EQ(proxy_settings(env).https, "");
  env.environment = {{"HTTPS_PROXY", "upper:1"}, {"NO_PROXY", "upper.example"}, {"https_proxy", ""}};
  EXPECT_EQ(proxy_settings(env).https, "upper:1");
  EXPECT_EQ(proxy_settings(env).no_proxy, "upper.example");
  env.environment["https_proxy"] = "lower:1";
  env.environment["no_proxy"] = "lower.example";
  EXPECT_EQ(proxy_settings(env).https, "lower:1");
  EXPECT_EQ(proxy_settings(env).no_proxy, "lower.example");
}

TEST(HttpClientOfTheEnvironment, HttpProxyIsReadInLowerCaseOnly) {
  FakeEnv env;
  env.environment["HTTP_PROXY"] = "upper:1";
  EXPECT_EQ(proxy_settings(env).http, "");
  env.environment["http_proxy"] = "lower:1";
  EXPECT_EQ(proxy_settings(env).http, "lower:1");
}

TEST(HttpClientOfTheEnvironment, GoesByTheProxies) {
  async::Loop loop;
  http::testing::TestProxy proxy(loop);
  proxy.answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  FakeEnv env;
  env.environment = {
      {"HTTPS_PROXY", proxy.address()}, {"http_proxy", proxy.address()}, {"NO_PROXY", "near.invalid"}};
  auto client = make_http_client(loop, env);
  EXPECT_FALSE(fetch(loop, *client, request_to("https://far.example/mcp")));
  EXPECT_TRUE(fetch(loop, *client, request_to("http://far.example/mcp")));
  EXPECT_FALSE(fetch(loop, *client, request_to("http://near.invalid/mcp")));
  ASSERT_EQ(proxy.heads.size(), 2u);
  EXPECT_THAT(proxy.heads[0], StartsWith("CONNECT far.example:443 "));
  EXPECT_THAT(proxy.heads[1], StartsWith("POST http://far.example/mcp "));
}

TEST(HttpClientOfTheEnvironment, TrustsTheAuthoritiesOfSslCertFile) {
  async::Loop loop;
  FakeEnv env;
  env.environment["SSL_CERT_FILE"] = "/nonexistent/authorities.pem";
  auto client = make_http_client(loop, env);
  auto fetched = fetch(loop, *client, request_to("https://localhost:1/"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kDenied);
  EXPECT_THAT(fetched.error().message, HasSubstr("/nonexistent/authorities.pem"));
}

}  // namespace
}  // namespace mcp::cmd
