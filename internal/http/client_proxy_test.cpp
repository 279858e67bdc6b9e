// The client behind a proxy: plain http in absolute-form, and the ways in which CONNECT fails. What passes
// through a tunnel is in tls_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"
#include "internal/http/test_proxy.h"

namespace mcp::http {
namespace {

using testing::error_of;
using testing::fetch;
using testing::Fetched;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::request_to;
using ::testing::StartsWith;
using testing::TestProxy;
using testing::TestServer;
using testing::TestUpstream;

struct ProxyFixture : ::testing::Test {
  ProxySettings settings(const std::string& user_info = "") const {
    return {.https = proxy.address(user_info), .http = proxy.address(user_info), .no_proxy = ""};
  }
  // A name that only the proxy knows.
  std::string far(const std::string& host = "far.example") const {
    return "http://" + host + ":" + std::to_string(server.port) + "/mcp?a=b";
  }
  Result<Fetched> ask(Client& client, const std::string& url, const std::string& body = "hello") {
    return fetch(server.loop, client, request_to(url, body));
  }

  TestServer server;
  TestProxy proxy{server.loop};
};
using HttpClientProxy = ProxyFixture;

TEST_F(HttpClientProxy, SaysTheWholeAddressToTheProxy) {
  Client client(server.loop, {}, {}, settings());
  auto fetched = ask(client, far());
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->body, "hello");
  ASSERT_EQ(proxy.heads.size(), 1u);
  std::string host = "far.example:" + std::to_string(server.port);
  EXPECT_THAT(proxy.heads[0],
              StartsWith("POST http://" + host + "/mcp?a=b HTTP/1.1\r\nHost: " + host + "\r\n"));
  EXPECT_THAT(proxy.heads[0], Not(HasSubstr("Proxy-Authorization")));
  EXPECT_EQ(server.handler.requests.at(0).head.target, "/mcp?a=b");
}

TEST_F(HttpClientProxy, GivesItsUserAndPasswordToTheProxyOnly) {
  Client client(server.loop, {}, {}, settings("ada:s3cret"));
  auto request = request_to(far(), "x");
  request.headers.add("Proxy-Authorization", "Basic c29tZWJvZHkncw==");
  ASSERT_TRUE(fetch(server.loop, client, request));
  EXPECT_THAT(proxy.heads.at(0), HasSubstr("\r\nProxy-Authorization: Basic YWRhOnMzY3JldA==\r\n"));
  EXPECT_THAT(proxy.heads.at(0), Not(HasSubstr("c29tZWJvZHkncw==")));
}

TEST_F(HttpClientProxy, KeepsItsConnectionToTheProxyPerHost) {
  Client client(server.loop, {}, {}, settings());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ask(client, far()));
  EXPECT_EQ(proxy.connections(), 1u);
  EXPECT_EQ(proxy.heads.size(), 3u);
  ASSERT_TRUE(ask(client, far("other.example")));
  EXPECT_EQ(proxy.connections(), 2u);
  EXPECT_EQ(client.idle_connections(), 2u);
}

TEST_F(HttpClientProxy, ReachesThisMachineAndWhatNoProxyNamesDirectly) {
  ProxySettings with_exceptions = settings();
  with_exceptions.no_proxy = "far.invalid";
  Client client(server.loop, {}, {}, with_exceptions);
  for (const char* host : {"127.0.0.1", "localhost"}) ASSERT_TRUE(ask(client, far(host))) << host;
  EXPECT_EQ(server.handler.requests.size(), 2u);
  auto unknown = ask(client, far("far.invalid"));
  EXPECT_EQ(error_of(unknown), ErrorCode::kUnavailable);
  EXPECT_THAT(unknown.error().message, HasSubstr("far.invalid"));
  EXPECT_EQ(proxy.connections(), 0u);
}

TEST_F(HttpClientProxy, SaysThatTheProxyWantsAPassword) {
  proxy.answer =
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
  std::string https = "https://far.example:" + std::to_string(server.port) + "/";
  Client open(server.loop, {}, {}, settings());
  Client locked(server.loop, {}, {}, settings("ada:s3cret"));
  for (const std::string& url : {far(), https}) {
    auto asked = ask(open, url);
    EXPECT_EQ(error_of(asked), ErrorCode::kDenied) << url;
    EXPECT_EQ(asked.error().message, "proxy " + proxy.name() + " asks for a user and a password");
    auto refused = ask(locked, url);
    EXPECT_EQ(error_of(refused), ErrorCode::kDenied) << url;
    EXPECT_EQ(refused.error().message, "proxy " + proxy.name() + " refused the user or the password");
    EXPECT_THAT(refused.error().hint, HasSubstr(url == https ? "HTTPS_PROXY=" : "http_proxy="));
    EXPECT_THAT(refused.error().message + refused.error().hint, Not(HasSubstr("s3cret")));
  }
  EXPECT_TRUE(server.handler.requests.empty());
}

TEST_F(HttpClientProxy, A407ThatNoProxySaidIsTheServersAnswer) {
  server.handler.on_door = [](const RequestHead&) { return Response{407, {}, {}}; };
  Client client(server.loop);
  auto fetched = ask(client, far("127.0.0.1"));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 407);
}

TEST_F(HttpClientProxy, SaysThatTheProxyRefusesToConnect) {
  Client client(server.loop, {}, {}, settings());
  struct Row {
    const char* status;
    ErrorCode code;
  };
  for (const auto& [status, code] :
       {Row{"403 Forbidden", ErrorCode::kDenied}, Row{"502 Bad Gateway", ErrorCode::kUnavailable},
        Row{"302 Found", ErrorCode::kUnavailable}}) {
    proxy.answer =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 " + std::string(status) + "\r\nContent-Length: 3\r\n\r\nno!";
    auto refused = ask(client, "https://far.example/");
    EXPECT_EQ(error_of(refused), code) << status;
    EXPECT_EQ(refused.error().message,
              "proxy " + proxy.name() + " did not connect to far.example:443: " + status);
    EXPECT_EQ(proxy.heads.back(), "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n");
  }
}

TEST_F(HttpClientProxy, RefusesAMalformedAnswerToConnect) {
  Client client(server.loop, {}, {}, settings());
  for (const char* answer : {"what?\r\n\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\n\r\nsurplus"}) {
    proxy.answer = answer;
    auto refused = ask(client, "https://far.example/");
    EXPECT_EQ(error_of(refused), ErrorCode::kMalformed) << answer;
    EXPECT_THAT(refused.error().message,
                StartsWith("proxy " + proxy.name() + ": malformed answer to CONNECT"));
  }
}

TEST_F(HttpClientProxy, LimitsTheHeadOfTheAnswerToConnect) {
  ClientLimits limits;
  limits.max_header_bytes = 1000;
  Client client(server.loop, limits, {}, settings());
  const std::string start = "HTTP/1.1 502 Bad Gateway\r\nX: ";
  for (std::size_t size : {1000u, 1001u}) {
    proxy.answer = start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
    auto refused = ask(client, "https://far.example/");
    EXPECT_EQ(error_of(refused), size == 1000 ? ErrorCode::kUnavailable : ErrorCode::kLimit);
  }
}

TEST_F(HttpClientProxy, SaysThatNoProxyIsThere) {
  ProxySettings nobody;
  {
    TestUpstream gone(server.loop, nullptr);
    nobody.https = nobody.http = "http://ada:s3cret@127.0.0.1:" + std::to_string(gone.port());
  }
  Client client(server.loop, {}, {}, nobody);
  for (const char* url : {"http://far.example/", "https://far.example/"}) {
    auto fetched = ask(client, url);
    EXPECT_EQ(error_of(fetched), ErrorCode::kUnavailable) << url;
    EXPECT_THAT(fetched.error().message, StartsWith("proxy 127.0.0.1:"));
    EXPECT_THAT(fetched.error().hint, HasSubstr("NO_PROXY"));
    EXPECT_THAT(fetched.error().message + fetched.error().hint, Not(HasSubstr("s3cret")));
  }
}

TEST_F(HttpClientProxy, DoesNotWaitForeverForTheAnswerToConnect) {
  TestUpstream silent(server.loop, nullptr);
  ClientLimits limits;
  limits.connect_deadline = async::Millis(50);
  Client client(server.loop, limits, {},
                {.https = "127.0.0.1:" + std::to_string(silent.port()), .http = "", .no_proxy = ""});
  auto fetched = ask(client, "https://far.example/");
  EXPECT_EQ(error_of(fetched), ErrorCode::kTimeout);
  EXPECT_THAT(fetched.error().message, HasSubstr("proxy 127.0.0.1:"));
}

TEST_F(HttpClientProxy, SaysThatTheProxyClosedDuringConnect) {
  TestUpstream rude(server.loop, [](TestUpstream::Connection& connection) { connection.close(); });
  Client client(server.loop, {}, {},
                {.https = "127.0.0.1:" + std::to_string(rude.port()), .http = "", .no_proxy = ""});
  auto fetched = ask(client, "https://far.example/");
  EXPECT_EQ(error_of(fetched), ErrorCode::kUnavailable);
  EXPECT_THAT(fetched.error().message, HasSubstr("proxy 127.0.0.1:"));
}

TEST_F(HttpClientProxy, AnUnusableProxyIsNotGoneAround) {
  Client client(server.loop, {}, {}, {.https = "", .http = "socks5://127.0.0.1:1", .no_proxy = ""});
  auto fetched = ask(client, far());
  EXPECT_EQ(error_of(fetched), ErrorCode::kConfig);
  EXPECT_TRUE(server.handler.requests.empty());
  EXPECT_TRUE(ask(client, far("127.0.0.1")));
}

}  // namespace
}  // namespace mcp::http
