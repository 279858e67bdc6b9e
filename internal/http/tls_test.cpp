#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <boost/asio/ssl.hpp>

#include "internal/async/tcp.h"
#include "internal/http/scheme_hint.h"
#include "internal/http/test_identity.h"
#include "internal/http/test_proxy.h"
#include "internal/http/test_upstream.h"

namespace mcp::http {
namespace {

namespace ssl = boost::asio::ssl;
using testing::fetch;
using testing::Fetched;
using ::testing::HasSubstr;
using testing::Identity;
using testing::make_identity;
using testing::request_to;
using testing::TestProxy;

// An https server that answers every request with its SNI name.
class TlsUpstream {
 public:
  TlsUpstream(async::Loop& loop, const Identity& identity)
      : loop_(loop), acceptor_(loop.executor(), {async::asio::ip::address_v4::loopback(), 0}) {
    std::string key = identity.key_pem();
    std::string certificate = identity.certificate_pem();
    context_.use_private_key(async::asio::buffer(key), ssl::context::pem);
    context_.use_certificate(async::asio::buffer(certificate), ssl::context::pem);
    loop.spawn(accept());
  }
  ~TlsUpstream() { acceptor_.close(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(port()) + "/";
  }
  int connections = 0;
  int requests = 0;

 private:
  using Stream = ssl::stream<async::TcpSocket>;

  Task<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(async::kAwait);
      if (failed) co_return;
      ++connections;
      loop_.spawn(serve(std::make_shared<Stream>(std::move(socket), context_)));
    }
  }

  Task<void> serve(std::shared_ptr<Stream> stream) {
    auto [refused] = co_await stream->async_handshake(ssl::stream_base::server, async::kAwait);
    if (refused) co_return;
    auto input = std::make_unique<std::vector<char>>(4096);
    for (;;) {
      auto buffer = async::asio::buffer(*input);
      auto [failed, count] = co_await stream->async_read_some(buffer, async::kAwait);
      if (failed) co_return;
      ++requests;
      const char* name = SSL_get_servername(stream->native_handle(), TLSEXT_NAMETYPE_host_name);
      std::string body = name ? name : "none";
      std::string wire =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      auto answer = async::asio::buffer(wire);
      auto [cut, sent] = co_await stream->async_write_some(answer, async::kAwait);
      if (cut) co_return;
    }
  }

  async::Loop& loop_;
  ssl::context context_{ssl::context::tls_server};
  async::TcpAcceptor acceptor_;
};

struct TlsFixture : ::testing::Test {
  TlsFixture() : authority(make_identity("test authority", nullptr, nullptr)) {
    ca_file = ::testing::TempDir() + "http_tls_test_" + std::to_string(::getpid()) + ".pem";
    std::ofstream(ca_file) << authority.certificate_pem();
  }
  ~TlsFixture() override { std::remove(ca_file.c_str()); }

  Client::Tls trusting() const { return Client::Tls{ca_file, true}; }
  Identity signed_for(const char* names, long lifetime_s = 3600) {
    return make_identity("server", &authority, names, lifetime_s);
  }

  Identity authority;
  std::string ca_file;
  async::Loop loop;
};
using HttpsClient = TlsFixture;

TEST_F(HttpsClient, VerifiesTheNameAndReusesTheConnection) {
  TlsUpstream upstream(loop, signed_for("DNS:localhost"));
  Client client(loop, {}, trusting());
  for (int i = 0; i < 3; ++i) {
    auto fetched = fetch(loop, client, request_to(upstream.url("localhost"), "hi"));
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->body, "localhost");  // SNI
  }
  EXPECT_EQ(upstream.connections, 1);
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST_F(HttpsClient, VerifiesAnAddress) {
  TlsUpstream upstream(loop, signed_for("IP:127.0.0.1"));
  Client client(loop, {}, trusting());
  auto fetched = fetch(loop, client, request_to(upstream.url("127.0.0.1")));
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->body, "none");
}

void expect_denied(const Result<Fetched>& fetched, const TlsUpstream& upstream, const char* why) {
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kDenied) << fetched.error().message;
  EXPECT_THAT(fetched.error().message, HasSubstr(why));
  EXPECT_EQ(upstream.requests, 0);
}

TEST_F(HttpsClient, RefusesAnUnknownAuthority) {
  TlsUpstream upstream(loop, signed_for("DNS:localhost"));
  Client client(loop);
  expect_denied(fetch(loop, client, request_to(upstream.url("localhost"))), upstream,
                "unable to get local issuer");
}

TEST_F(HttpsClient, RefusesAnotherHostsCertificate) {
  TlsUpstream upstream(loop, signed_for("DNS:example.com"));
  Client client(loop, {}, trusting());
  expect_denied(fetch(loop, client, request_to(upstream.url("localhost"))), upstream, "hostname mismatch");
  expect_denied(fetch(loop, client, request_to(upstream.url("127.0.0.1"))), upstream, "IP address mismatch");
}

TEST_F(HttpsClient, RefusesAnExpiredCertificate) {
  TlsUpstream upstream(loop, signed_for("DNS:localhost", -60));
  Client client(loop, {}, trusting());
  expect_denied(fetch(loop, client, request_to(upstream.url("localhost"))), upstream, "expired");
}

TEST_F(HttpsClient, VerifiesNothingWhenToldSo) {
  TlsUpstream upstream(loop, signed_for("DNS:example.com"));
  Client client(loop, {}, Client::Tls{"", false});
  EXPECT_TRUE(fetch(loop, client, request_to(upstream.url("localhost"))));
}

TEST_F(HttpsClient, SaysThatTheAuthoritiesCannotBeRead) {
  Client client(loop, {}, Client::Tls{"/nonexistent/ca.pem", true});
  auto fetched = fetch(loop, client, request_to("https://localhost:1/"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kDenied);
  EXPECT_THAT(fetched.error().message, HasSubstr("/nonexistent/ca.pem"));
}

// The wrong scheme.

TEST_F(HttpsClient, NamesTheOtherSchemeToWhoSpeaksTlsToAPlainPort) {
  for (bool answers : {true, false}) {
    testing::TestUpstream upstream(loop, [answers](testing::TestUpstream::Connection& connection) {
      if (answers) connection.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      connection.close();
    });
    Client client(loop, {}, trusting());
    auto url = "https://127.0.0.1:" + std::to_string(upstream.port()) + "/";
    auto fetched = fetch(loop, client, request_to(url));
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(fetched.error().hint, answers ? kUseHttp : kPerhapsHttp) << fetched.error().message;
  }
}

TEST_F(HttpsClient, NamesTheOtherSchemeToWhoSpeaksPlainHttpToATlsPort) {
  TlsUpstream silent(loop, signed_for("DNS:localhost"));
  Client client(loop, {}, trusting());
  auto fetched = fetch(loop, client, request_to("http://127.0.0.1:" + std::to_string(silent.port()) + "/"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(fetched.error().hint, HasSubstr("use https:// instead of http://"));

  testing::TestUpstream alerting(loop,
                                 testing::answering(std::string("\x15\x03\x01\x00\x02\x02\x46", 7), true));
  fetched = fetch(loop, client, request_to(alerting.url()));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fetched.error().hint, kUseHttps);
}

TEST(SchemeHint, KnowsATlsRecordFromHttp) {
  EXPECT_TRUE(is_tls_record(std::string_view("\x15\x03\x03\x00\x02", 5)));
  EXPECT_TRUE(is_tls_record(std::string_view("\x16\x03\x01", 3)));
  for (std::string_view other : {"", "\x15", "HTTP/1.1 200 OK", "\x13\x03", "\x18\x03", "\x15\x02"})
    EXPECT_FALSE(is_tls_record(other));
}

TEST(SchemeHint, KnowsThePagesThatAskForTls) {
  EXPECT_TRUE(asks_for_tls(400, "<center>The plain HTTP request was sent to HTTPS port</center>"));
  EXPECT_TRUE(asks_for_tls(400, "Client sent an HTTP request to an HTTPS server.\n"));
  EXPECT_TRUE(asks_for_tls(400, "Reason: You're speaking plain HTTP to an SSL-enabled server port."));
  EXPECT_FALSE(asks_for_tls(400, "HTTPS is nice"));
  EXPECT_FALSE(asks_for_tls(200, "Client sent an HTTP request to an HTTPS server.\n"));
}

// Through a proxy: the tunnel is opaque, the certificate is the far end's.

TEST_F(HttpsClient, SpeaksTlsThroughAProxyEndToEnd) {
  TlsUpstream upstream(loop, signed_for("DNS:far.example"));
  TestProxy proxy(loop);
  Client client(loop, {}, trusting(), {.https = proxy.address("ada:s3cret"), .http = "", .no_proxy = ""});
  for (int i = 0; i < 3; ++i) {
    auto fetched = fetch(loop, client, request_to(upstream.url("far.example"), "hi"));
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->body, "far.example");  // SNI
  }
  std::string target = "far.example:" + std::to_string(upstream.port());
  EXPECT_THAT(proxy.heads, ::testing::ElementsAre("CONNECT " + target + " HTTP/1.1\r\nHost: " + target +
                                                  "\r\nProxy-Authorization: Basic YWRhOnMzY3JldA==\r\n\r\n"));
  EXPECT_EQ(upstream.connections, 1);
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST_F(HttpsClient, ATunnelServesOneHostOnly) {
  TlsUpstream upstream(loop, signed_for("DNS:far.example,DNS:other.example"));
  TestProxy proxy(loop);
  Client client(loop, {}, trusting(), {.https = proxy.address(), .http = "", .no_proxy = ""});
  for (const char* host : {"far.example", "other.example", "far.example"}) {
    auto fetched = fetch(loop, client, request_to(upstream.url(host), "hi"));
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->body, host);
  }
  EXPECT_EQ(upstream.connections, 2);
}

TEST_F(HttpsClient, VerifiesTheFarEndThroughAProxy) {
  TlsUpstream upstream(loop, signed_for("DNS:localhost"));
  TestProxy proxy(loop);
  Client client(loop, {}, trusting(), {.https = proxy.address(), .http = "", .no_proxy = ""});
  expect_denied(fetch(loop, client, request_to(upstream.url("far.example"))), upstream, "hostname mismatch");
}

TEST_F(HttpsClient, TakesAnyAnswerOf2xxForATunnel) {
  TlsUpstream upstream(loop, signed_for("DNS:far.example"));
  TestProxy proxy(loop);
  for (const char* answer : {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"}) {
    proxy.established = answer;
    Client client(loop, {}, trusting(), {.https = proxy.address(), .http = "", .no_proxy = ""});
    auto fetched = fetch(loop, client, request_to(upstream.url("far.example"), "hi"));
    EXPECT_TRUE(fetched) << answer << fetched.error().message;
  }
}

}  // namespace
}  // namespace mcp::http
