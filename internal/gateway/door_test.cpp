#include "internal/gateway/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/transport/test_endpoint.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

http::RequestHead request(std::string method,
                          std::initializer_list<std::pair<std::string, std::string>> headers,
                          std::string path = "/mcp") {
  http::RequestHead head;
  head.method = std::move(method);
  head.path = head.target = std::move(path);
  for (const auto& [name, value] : headers) head.headers.add(name, value);
  if (!head.headers.has("Host")) head.headers.add("Host", "127.0.0.1:8080");
  return head;
}

int status(const Door& door, const http::RequestHead& head) {
  auto response = door.check(head);
  return response ? response->status : 200;
}

DoorOptions with_tokens() {
  DoorOptions options;
  options.tokens = {{"alice", "alpha-token"}, {"bob", "beta-token"}};
  return options;
}

TEST(Door, LetsLocalNamesInOnAnyPort) {
  Door door({});
  for (const char* host : {"localhost", "localhost:1", "127.0.0.1:8080", "[::1]:9", "LOCALHOST:80"}) {
    EXPECT_EQ(status(door, request("POST", {{"Host", host}})), 200) << host;
  }
}

TEST(Door, RefusesAForeignHostAlone) {
  Door door({});
  for (const char* host :
       {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil", ""}) {
    EXPECT_EQ(status(door, request("POST", {{"Host", host}})), 403) << host;
  }
}

TEST(Door, RefusesAForeignOriginAlone) {
  Door door({});
  for (const char* origin :
       {"http://evil.example", "null", "https://localhost.evil.example", "http://127.0.0.1@evil",
        "http://localhost:3@evil.example", "http://localhost:", "file://"}) {
    EXPECT_EQ(status(door, request("POST", {{"Origin", origin}})), 403) << origin;
  }
  EXPECT_EQ(status(door, request("POST", {{"Origin", "http://localhost:3000"}})), 200);
  EXPECT_EQ(status(door, request("POST", {{"Origin", "http://[::1]:3000"}})), 200);
}

TEST(Door, LetsConfiguredNamesIn) {
  DoorOptions options;
  options.origins = {"https://app.example.com"};
  options.allowed_hosts = {"mcp.example.com"};
  Door door(options);
  EXPECT_EQ(
      status(door, request("POST", {{"Host", "mcp.example.com:443"}, {"Origin", "https://app.example.com"}})),
      200);
  EXPECT_EQ(status(door, request("POST", {{"Origin", "https://app.example.com:444"}})), 403);
  EXPECT_EQ(status(door, request("POST", {{"Host", "other.example.com"}})), 403);
}

TEST(Door, AcceptsAnyHostOnAWildcardAddressThatNeedsAKey) {
  DoorOptions options = with_tokens();
  options.listen_host = "0.0.0.0";
  EXPECT_EQ(status(Door(options),
                   request("POST", {{"Host", "10.0.0.5:80"}, {"Authorization", "Bearer alpha-token"}})),
            200);
  options.allowed_hosts = {"mcp.example.com"};
  EXPECT_EQ(status(Door(options),
                   request("POST", {{"Host", "10.0.0.5:80"}, {"Authorization", "Bearer alpha-token"}})),
            403);
}

TEST(Door, AsksForATokenOnEveryMethodAndRouteButHealth) {
  Door door(with_tokens());
  for (const char* method : {"GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"}) {
    for (const char* path : {"/mcp", "/servers/a/mcp", "/ready", "/nothing"}) {
      auto refused = door.check(request(method, {}, path));
      ASSERT_TRUE(refused) << method << path;
      EXPECT_EQ(refused->status, 401);
      EXPECT_THAT(std::string(refused->headers.get("WWW-Authenticate")), HasSubstr("Bearer"));
    }
  }
  EXPECT_EQ(status(door, request("GET", {}, "/health")), 200);
}

TEST(Door, TellsWhoHoldsTheToken) {
  Door door(with_tokens());
  EXPECT_EQ(door.principal(request("POST", {{"Authorization", "Bearer beta-token"}})), "bob");
  EXPECT_EQ(door.principal(request("POST", {{"Authorization", "bearer alpha-token"}})), "alice");
  EXPECT_EQ(Door({}).principal(request("POST", {})), "local");
}

TEST(Door, ARotatedTokenIsTheSamePrincipalAndItsSessionsGoOn) {
  DoorOptions rotated = with_tokens();
  for (auto& [principal, token] : rotated.tokens) {
    if (principal == "alice") token = "gamma-token";
  }
  Door before(with_tokens()), after(rotated);
  auto alice = request("POST", {{"Authorization", "Bearer alpha-token"}});
  auto alice_later = request("POST", {{"Authorization", "Bearer gamma-token"}});
  transport::TestEndpoint t;
  t.principal = before.principal(alice).value();
  std::string session = t.open_session();
  const std::string ping = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  ASSERT_EQ(status(after, alice), 401);
  ASSERT_EQ(status(after, alice_later), 200);
  t.principal = after.principal(alice_later).value();
  EXPECT_EQ(t.post(ping, {{"Mcp-Session-Id", session}}).status, 202);
  t.principal = after.principal(request("POST", {{"Authorization", "Bearer beta-token"}})).value();
  EXPECT_EQ(t.post(ping, {{"Mcp-Session-Id", session}}).status, 404);
}

TEST(Door, KnowsThePrincipalsThatARequestCanHave) {
  Door door(with_tokens());
  EXPECT_TRUE(door.knows("alice"));
  EXPECT_FALSE(door.knows("carol"));
  EXPECT_FALSE(door.knows("local"));
  EXPECT_FALSE(door.principal(request("POST", {})));
  EXPECT_TRUE(Door({}).knows("local"));
  EXPECT_FALSE(Door({}).knows("alice"));
}

TEST(Door, NamesABadTokenAsSuch) {
  Door door(with_tokens());
  for (const char* value :
       {"Bearer wrong", "Bearer ", "Bearer alpha-token2", "Bearer alpha-toke", "Basic YTpi"}) {
    auto refused = door.check(request("POST", {{"Authorization", value}}));
    ASSERT_TRUE(refused) << value;
    EXPECT_THAT(std::string(refused->headers.get("WWW-Authenticate")), HasSubstr("invalid_token")) << value;
  }
}

TEST(Door, AnswersAPreflightOfAnAllowedOriginWithoutAToken) {
  Door door(with_tokens());
  auto answer = door.check(request("OPTIONS", {{"Origin", "http://localhost:5173"},
                                               {"Access-Control-Request-Method", "POST"},
                                               {"Access-Control-Request-Headers", "mcp-session-id"}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->headers.get("Access-Control-Allow-Origin"), "http://localhost:5173");
  EXPECT_EQ(answer->headers.get("Access-Control-Allow-Headers"), "mcp-session-id");
  EXPECT_EQ(status(door, request("OPTIONS", {{"Origin", "http://evil.example"},
                                             {"Access-Control-Request-Method", "POST"}})),
            403);
}

TEST(Door, ExposesWhatABrowserClientNeedsToRead) {
  auto headers = Door({}).cors_headers(request("POST", {{"Origin", "http://localhost:5173"}}));
  EXPECT_THAT(std::string(headers.get("Access-Control-Expose-Headers")), HasSubstr("Mcp-Session-Id"));
  EXPECT_THAT(std::string(headers.get("Access-Control-Expose-Headers")), HasSubstr("WWW-Authenticate"));
  EXPECT_EQ(Door({}).cors_headers(request("POST", {})).size(), 0u);
}

TEST(Door, RefusesABrowserWithoutATokenInAWayThatTheBrowserMayRead) {
  auto refused = Door(with_tokens()).check(request("POST", {{"Origin", "http://localhost:5173"}}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->headers.get("Access-Control-Allow-Origin"), "http://localhost:5173");
}

}  // namespace
}  // namespace mcp::gateway
