#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ssl.hpp>

#include "internal/http/server_tls.h"
#include "internal/http/test_fetch.h"
#include "internal/http/test_identity.h"
#include "internal/http/test_peer.h"

namespace mcp::http {
namespace {

namespace ssl = boost::asio::ssl;
using testing::Eventual;
using testing::fetch;
using ::testing::HasSubstr;
using testing::Identity;
using testing::kGet;
using testing::make_identity;
using testing::post;
using testing::request_to;
using ::testing::StartsWith;
using testing::TestPeer;
using testing::TestServer;

// How a client of these tests shakes hands.
struct Manners {
  std::optional<Identity> identity;
  ssl::context::method version = ssl::context::tls_client;
  std::string wire = kGet;
};

// What came back until the server closed, or "refused: why".
Task<std::string> visit(async::Loop& loop, std::uint16_t port, Manners manners) {
  ssl::context context(manners.version);
  if (manners.identity) {
    std::string key = manners.identity->key_pem();
    std::string certificate = manners.identity->certificate_pem();
    context.use_private_key(async::asio::buffer(key), ssl::context::pem);
    context.use_certificate(async::asio::buffer(certificate), ssl::context::pem);
  }
  ssl::stream<async::TcpSocket> stream(async::TcpSocket(loop.executor()), context);
  async::TcpEndpoint server(async::asio::ip::address_v4::loopback(), port);
  auto [unreachable] = co_await stream.lowest_layer().async_connect(server, async::kAwait);
  if (unreachable) co_return "unreachable";
  auto [refused] = co_await stream.async_handshake(ssl::stream_base::client, async::kAwait);
  if (refused) co_return "refused: " + refused.message();
  auto wire = async::asio::buffer(manners.wire);
  auto [cut, sent] = co_await stream.async_write_some(wire, async::kAwait);
  if (cut) co_return "refused: " + cut.message();
  std::string received;
  auto part = std::make_unique<std::vector<char>>(4096);
  for (;;) {
    auto buffer = async::asio::buffer(*part);
    auto [ended, count] = co_await stream.async_read_some(buffer, async::kAwait);
    received.append(part->data(), count);
    // TLS 1.3: a client learns with its first read that its certificate was not wanted.
    if (ended && received.empty()) co_return "refused: " + ended.message();
    if (ended == async::asio::error::eof) co_return received + "<goodbye>";
    if (ended) co_return received;
  }
}

struct TlsServer : ::testing::Test {
  explicit TlsServer(ServerLimits limits = {}) : server(limits) { use(identity, ""); }
  ~TlsServer() override { std::remove(ca_file.c_str()); }

  void use(const Identity& own, const std::string& client_ca) {
    auto tls = ServerTls::make(own.certificate_pem(), own.key_pem(), client_ca);
    ASSERT_TRUE(tls) << tls.error().message;
    server.server.use_tls(*tls);
  }
  std::string come(Manners manners) {
    return Eventual<std::string>(server.loop, visit(server.loop, server.port, std::move(manners))).get();
  }
  Client::Tls trusting() {
    ca_file = ::testing::TempDir() + "server_tls_test_" + std::to_string(::getpid()) + ".pem";
    std::ofstream(ca_file) << authority.certificate_pem();
    return Client::Tls{ca_file, true};
  }
  std::string url() const { return "https://localhost:" + std::to_string(server.port) + "/mcp"; }

  Identity authority = make_identity("authority", nullptr, nullptr);
  Identity identity = make_identity("server", &authority, "DNS:localhost");
  std::string ca_file;
  TestServer server;
};

const std::string kLast = "GET /mcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(TlsServer, AnswersOverOneConnectionWhatAVerifyingClientAsks) {
  Client client(server.loop, {}, trusting());
  for (std::string body : {"one", "two"}) {
    auto got = fetch(server.loop, client, request_to(url(), body));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, body);
  }
  EXPECT_EQ(server.server.stats().accepted, 1u);
  EXPECT_THAT(server.handler.heads[0].peer, StartsWith("127.0.0.1:"));
}

TEST_F(TlsServer, CarriesMegabytesBothWays) {
  Client client(server.loop, {}, trusting());
  std::string body(9 << 20, 'm');
  body[5 << 20] = '!';
  auto got = fetch(server.loop, client, request_to(url(), body));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(got->body == body);
}

TEST_F(TlsServer, SpeaksTls12And13AndNothingOlder) {
  for (auto version : {ssl::context::tlsv12_client, ssl::context::tlsv13_client}) {
    Manners manners;
    manners.version = version;
    manners.wire = kLast;
    EXPECT_THAT(come(manners), StartsWith("HTTP/1.1 200"));
  }
  Manners old;
  old.version = ssl::context::tlsv11_client;
  EXPECT_THAT(come(old), StartsWith("refused"));
}

TEST_F(TlsServer, SaysGoodbyeBehindItsLastAnswer) {
  Manners manners;
  manners.wire = kLast;
  EXPECT_THAT(come(manners), ::testing::EndsWith("<goodbye>"));
}

TEST_F(TlsServer, AnswersPipelinedRequestsOfOneRecord) {
  Manners manners;
  manners.wire = post("first") + post("second") + kLast;
  std::string got = come(manners);
  EXPECT_THAT(got, HasSubstr("first"));
  EXPECT_THAT(got, HasSubstr("second"));
  EXPECT_EQ(server.server.stats().requests, 3u);
}

TEST_F(TlsServer, AsksForACertificateOfItsAuthority) {
  use(identity, authority.certificate_pem());
  Identity stranger = make_identity("stranger", nullptr, nullptr);
  Manners bare, wrong, right;
  bare.wire = wrong.wire = right.wire = kLast;
  wrong.identity = make_identity("client", &stranger, nullptr);
  right.identity = make_identity("client", &authority, nullptr);
  for (auto version : {ssl::context::tlsv12_client, ssl::context::tlsv13_client}) {
    bare.version = wrong.version = right.version = version;
    EXPECT_THAT(come(bare), StartsWith("refused"));
    EXPECT_THAT(come(wrong), StartsWith("refused"));
    EXPECT_THAT(come(right), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_EQ(server.server.stats().failed_handshakes, 4u);
  EXPECT_EQ(server.handler.requests.size(), 2u);  // nobody else came as far as a request
}

TEST_F(TlsServer, ShowsNewConnectionsItsNewCertificate) {
  Client client(server.loop, {}, trusting());
  ASSERT_TRUE(fetch(server.loop, client, request_to(url(), "x")));
  Identity other = make_identity("another authority", nullptr, nullptr);
  use(make_identity("server", &other, "DNS:localhost"), "");
  ASSERT_TRUE(fetch(server.loop, client, request_to(url(), "x"))) << "open ones go on";
  Client next(server.loop, {}, trusting());
  auto refused = fetch(server.loop, next, request_to(url(), "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST_F(TlsServer, LetsClientsLeaveWithoutAGoodbye) {
  {
    Client client(server.loop, {}, trusting());
    ASSERT_TRUE(fetch(server.loop, client, request_to(url(), "x")));
  }
  EXPECT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
  TestPeer hesitant(server.loop, server.port);
  hesitant.send("\x16\x03\x01");
  ASSERT_TRUE(server.wait([&] { return server.server.connections() == 1; }));
  hesitant.close();
  EXPECT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
  EXPECT_EQ(server.server.stats().failed_handshakes, 0u);
}

TEST_F(TlsServer, RefusesPlainHttp) {
  TestPeer peer(server.loop, server.port);
  peer.send(kGet);
  ASSERT_TRUE(peer.wait_closed());
  EXPECT_EQ(server.server.stats().failed_handshakes, 1u);
  EXPECT_TRUE(server.handler.heads.empty());
}

struct HurriedTlsServer : TlsServer {
  HurriedTlsServer() : TlsServer(hurried()) {}
  static ServerLimits hurried() {
    ServerLimits limits;
    limits.header_deadline = async::Millis(30);
    limits.max_connections = 2;
    return limits;
  }
};

TEST_F(HurriedTlsServer, EndsAHandshakeThatDoesNotComeToAnEnd) {
  TestPeer silent(server.loop, server.port);
  EXPECT_TRUE(silent.wait_closed());
  // The start of a ClientHello.
  TestPeer slow(server.loop, server.port);
  slow.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_TRUE(slow.wait_closed());
  EXPECT_EQ(server.server.connections(), 0u);
}

TEST_F(HurriedTlsServer, ClosesWhatIsOverTheLimitWithoutAHandshake) {
  TestPeer one(server.loop, server.port, false), two(server.loop, server.port, false);
  ASSERT_TRUE(server.wait([&] { return server.server.stats().accepted == 2; }));
  TestPeer three(server.loop, server.port);
  EXPECT_TRUE(three.wait_closed());
  EXPECT_EQ(server.server.stats().turned_away, 1u);
}

TEST(ServerTls, SaysWhichFileIsWrong) {
  Identity own = make_identity("server", nullptr, nullptr), other = make_identity("other", nullptr, nullptr);
  const std::string certificate = own.certificate_pem(), key = own.key_pem();
  struct Case {
    std::string certificate, key, client_ca, message;
  };
  for (const Case& wrong :
       {Case{"", key, "", "tls_cert: there is no certificate in it"},
        Case{key, key, "", "tls_cert: there is no certificate in it"},
        Case{certificate, "", "", "tls_key: there is no private key in it"},
        Case{certificate, certificate, "", "tls_key: there is no private key in it"},
        Case{certificate, other.key_pem(), "", "tls_key: the key does not belong to the certificate"},
        Case{certificate, key, "nothing", "tls_client_ca: there is no certificate in it"}}) {
    auto made = ServerTls::make(wrong.certificate, wrong.key, wrong.client_ca);
    ASSERT_FALSE(made) << wrong.message;
    EXPECT_EQ(made.error().code, ErrorCode::kConfig);
    EXPECT_THAT(made.error().message, StartsWith(wrong.message));
    EXPECT_NE(made.error().hint, "");
  }
}

}  // namespace
}  // namespace mcp::http
