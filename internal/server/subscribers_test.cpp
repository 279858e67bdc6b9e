#include "internal/server/test_catalog.h"

namespace mcp::server {
namespace {

TEST_F(CatalogTest, ReadsAResourceAndATemplate) {
  legacy_client();
  Value read = peer->ask(legacy("1", "resources/read", R"({"uri":"x://page"})"));
  EXPECT_EQ(read["result"]["contents"][0]["text"], "page");
  read = peer->ask(legacy("2", "resources/read", R"({"uri":"x://n/42"})"));
  EXPECT_EQ(read["result"]["contents"][0]["text"], "number 42");
}

TEST_F(CatalogTest, AMissingResourceHasTheCodeOfItsEra) {
  legacy_client();
  Value old = peer->ask(legacy("1", "resources/read", R"({"uri":"x://none"})"));
  EXPECT_EQ(code(old), -32002);
  EXPECT_EQ(old["error"]["data"]["uri"], "x://none");
  open();
  Value now = peer->ask(modern("1", "resources/read", R"(,"uri":"x://none")"));
  EXPECT_EQ(code(now), -32602);
  EXPECT_EQ(now["error"]["data"]["uri"], "x://none");
}

TEST_F(CatalogTest, SubscribersHearOfUpdatesUntilTheyUnsubscribe) {
  legacy_client();
  peer->ask(legacy("1", "resources/subscribe", R"({"uri":"x://page"})"));
  catalog->resource_updated("x://page");
  catalog->resource_updated("x://n/1");
  Value update = peer->next();
  EXPECT_EQ(update["method"], "notifications/resources/updated");
  EXPECT_EQ(update["params"]["uri"], "x://page");
  peer->ask(legacy("2", "resources/unsubscribe", R"({"uri":"x://page"})"));
  catalog->resource_updated("x://page");
  EXPECT_EQ(peer->ask(legacy("3", "tools/list"))["id"], 3);
}

TEST_F(CatalogTest, SubscribingToWhatIsNotThereFails) {
  legacy_client();
  EXPECT_EQ(code(peer->ask(legacy("1", "resources/subscribe", R"({"uri":"x://none"})"))), -32002);
}

TEST_F(CatalogTest, LegacyClientsAreToldOfChanges) {
  legacy_client();
  EXPECT_TRUE(catalog->add(tool("new", greet)));
  EXPECT_EQ(peer->next()["method"], "notifications/tools/list_changed");
  EXPECT_TRUE(catalog->remove_prompt("about"));
  EXPECT_EQ(peer->next()["method"], "notifications/prompts/list_changed");
  EXPECT_TRUE(catalog->remove_resource("x://page"));
  EXPECT_EQ(peer->next()["method"], "notifications/resources/list_changed");
}

// Listens (2026-07-28 subscriptions).

TEST_F(CatalogTest, AListenIsAcknowledgedWithWhatIsOffered) {
  open();
  Value ack = peer->ask(modern(
      "\"L\"", "subscriptions/listen",
      R"(,"notifications":{"toolsListChanged":true,"resourceSubscriptions":["x://page","x://none"]})"));
  EXPECT_EQ(ack["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(ack["params"]["notifications"],
            json::parse(R"({"toolsListChanged":true,"resourceSubscriptions":["x://page"]})").value());
  EXPECT_EQ(ack["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "L");
}

TEST_F(CatalogTest, AListenGetsOnlyWhatItAskedForTaggedWithItsId) {
  open();
  peer->ask(modern("7", "subscriptions/listen", R"(,"notifications":{"promptsListChanged":true})"));
  catalog->tools_changed();
  catalog->prompts_changed();
  Value changed = peer->next();
  EXPECT_EQ(changed["method"], "notifications/prompts/list_changed");
  EXPECT_EQ(changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 7);
}

TEST_F(CatalogTest, ACancelledListenHearsNothingMore) {
  open();
  peer->ask(modern("7", "subscriptions/listen", R"(,"notifications":{"promptsListChanged":true})"));
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  peer->settle();
  catalog->prompts_changed();
  EXPECT_EQ(peer->ask(modern("8", "tools/list"))["id"], 8);
}

TEST_F(CatalogTest, AListenIsForgottenWhenItEnds) {
  open();
  peer->ask(modern("7", "subscriptions/listen", R"(,"notifications":{"promptsListChanged":true})"));
  peer->ask(modern("8", "subscriptions/listen", R"(,"notifications":{"promptsListChanged":true})"));
  EXPECT_EQ(catalog->listens(), 2u);
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(peer->wait([this] { return catalog->listens() == 1; }));
  peer->hang_up();
  EXPECT_EQ(catalog->listens(), 0u);
}

TEST_F(CatalogTest, ListensBeyondTheLimitAreRefused) {
  SessionOptions options;
  options.max_in_flight = Subscribers::kMaxListens + 10;
  peer = std::make_unique<TestPeer>(
      loop, [&](async::Loop& on) { return make_catalog(on); }, options);
  for (std::size_t i = 0; i < Subscribers::kMaxListens; ++i) {
    Value ack = peer->ask(
        modern(std::to_string(i), "subscriptions/listen", R"(,"notifications":{"toolsListChanged":true})"));
    ASSERT_TRUE(ack.contains("method"));
  }
  EXPECT_EQ(code(peer->ask(
                modern("\"x\"", "subscriptions/listen", R"(,"notifications":{"toolsListChanged":true})"))),
            -32603);
}

}  // namespace
}  // namespace mcp::server
