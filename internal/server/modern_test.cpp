#include "internal/server/test_backend.h"

namespace mcp::server {
namespace {

TEST_F(SessionTest, AModernFirstRequestNeedsNoHandshake) {
  open();
  Value result = peer->ask(modern("1", "tools/list"))["result"];
  EXPECT_EQ(result["resultType"], "complete");
  EXPECT_EQ(result["ttlMs"], 0);
  EXPECT_EQ(result["cacheScope"], "private");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "b");
}

TEST_F(SessionTest, DiscoverIsAnsweredFromTheOffer) {
  open();
  Value result = peer->ask(modern("1", "server/discover"))["result"];
  EXPECT_EQ(result["supportedVersions"], json::parse(R"(["2026-07-28"])").value());
  EXPECT_EQ(result["capabilities"], json::parse(R"({"tools":{}})").value());
  EXPECT_EQ(result["instructions"], "be kind");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "b");
  EXPECT_TRUE(result.contains("ttlMs"));
}

TEST_F(SessionTest, AWrongVersionFirstIsRefusedAndDecidesNothing) {
  open();
  std::string wrong =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2030-01-01","io.modelcontextprotocol/clientCapabilities":{}}}})";
  Value refused = peer->ask(wrong);
  EXPECT_EQ(code(refused), -32022);
  EXPECT_EQ(refused["error"]["data"]["supported"][0], "2026-07-28");
  EXPECT_EQ(refused["error"]["data"]["requested"], "2030-01-01");
  EXPECT_TRUE(peer->initialize().contains("result"));
}

TEST_F(SessionTest, EveryModernRequestIsCheckedOnItsOwn) {
  open();
  peer->ask(modern("1", "tools/list"));
  std::string wrong =
      R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","io.modelcontextprotocol/clientCapabilities":{}}}})";
  EXPECT_EQ(code(peer->ask(wrong)), -32022);
  EXPECT_EQ(code(peer->ask(legacy("3", "tools/list"))), -32602);
  EXPECT_TRUE(peer->ask(modern("4", "tools/list")).contains("result"));
}

TEST_F(SessionTest, MissingClientCapabilitiesAreInvalidParams) {
  open();
  std::string bare =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";
  EXPECT_EQ(code(peer->ask(bare)), -32602);
}

TEST_F(SessionTest, RemovedMethodsAreNotFoundAfterAModernStart) {
  open();
  peer->ask(modern("1", "tools/list"));
  for (const char* method : {"ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"}) {
    EXPECT_EQ(code(peer->ask(modern("2", method))), -32601) << method;
  }
}

TEST_F(SessionTest, InitializeAfterAModernStartIsAnUnsupportedVersion) {
  open();
  peer->ask(modern("1", "tools/list"));
  Value refused = peer->ask(legacy("2", "initialize", R"({"protocolVersion":"2025-11-25"})"));
  EXPECT_EQ(code(refused), -32022);
  EXPECT_EQ(refused["error"]["data"]["requested"], "2025-11-25");
}

TEST_F(SessionTest, AModernClientIsCancelledByMessageOnAPipe) {
  open();
  peer->ask(modern("1", "tools/list"));
  peer->send(modern("7", "tools/call", R"(,"name":"slow")"));
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(peer->wait([this] { return backend->cancellations == 1; }));
}

TEST_F(SessionTest, AModernClientIsNeverAskedNorNotifiedOutsideItsRequests) {
  open();
  EXPECT_EQ(code(peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"roots":{}})"))), -32601);
  peer->session()->notify("notifications/tools/list_changed", {});
  Value next = peer->ask(modern("2", "tools/list"));
  EXPECT_EQ(next["id"], 2);
}

TEST_F(SessionTest, EachModernRequestBringsItsOwnView) {
  open();
  peer->ask(modern("1", "tools/list", {}, R"({"roots":{}})"));
  peer->ask(modern("2", "tools/list", {}, "{}", R"(,"io.modelcontextprotocol/logLevel":"error")"));
  EXPECT_TRUE(backend->calls[0]->client().capabilities.roots);
  EXPECT_FALSE(backend->calls[1]->client().capabilities.roots);
  EXPECT_EQ(backend->calls[1]->client().log_level, "error");
}

// One request over modern HTTP: the transport has decided the era.

TEST_F(SessionTest, ModernHttpErrorsCarryTheirStatus) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  EXPECT_EQ(code(peer->ask(modern("1", "initialize"))), -32601);
  EXPECT_EQ(peer->listener().messages[0].http_status, 404);
  EXPECT_EQ(peer->listener().messages[0].related->raw(), "1");
}

TEST_F(SessionTest, ModernHttpWithoutMetaIs400) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/list"))), -32602);
  EXPECT_EQ(peer->listener().messages[0].http_status, 400);
}

TEST_F(SessionTest, AModernHttpSessionEndsWithItsAnswer) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  peer->ask(modern("1", "tools/list"));
  EXPECT_FALSE(peer->session()->alive());
  EXPECT_EQ(backend->closed, 1);
}

TEST_F(SessionTest, ClosingTheStreamOfAModernHttpRequestCancelsIt) {
  SessionOptions options;
  options.era = protocol::Era::kModern;
  open(options);
  peer->send(modern("7", "tools/call", R"(,"name":"slow")"));
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  auto* listener = dynamic_cast<transport::Listener*>(peer->session().get());
  listener->on_stream_closed(jsonrpc::Id::number(7), transport::ClosedBy::kPeer, Error{});
  EXPECT_EQ(backend->cancellations, 1);
}

TEST_F(SessionTest, ALegacyHttpSessionIgnoresClosedStreams) {
  SessionOptions options;
  options.era = protocol::Era::kLegacy;
  open(options);
  peer->initialize();
  peer->send(kCall);
  ASSERT_TRUE(peer->wait([this] { return !backend->calls.empty(); }));
  auto* listener = dynamic_cast<transport::Listener*>(peer->session().get());
  listener->on_stream_closed(jsonrpc::Id::number(7), transport::ClosedBy::kPeer, Error{});
  EXPECT_EQ(backend->cancellations, 0);
}

}  // namespace
}  // namespace mcp::server
