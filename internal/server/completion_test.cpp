#include "internal/server/test_catalog.h"

namespace mcp::server {
namespace {

TEST_F(CatalogTest, APromptIsRenderedWithItsArguments) {
  legacy_client();
  Value got = peer->ask(legacy("1", "prompts/get", R"({"name":"about","arguments":{"topic":"tea"}})"));
  EXPECT_EQ(got["result"]["messages"][0]["content"]["text"], "about tea");
}

TEST_F(CatalogTest, PromptsRefuseWhatIsMissingOrNoString) {
  legacy_client();
  for (const char* params :
       {R"({"name":"about"})", R"({"name":"about","arguments":{"topic":7}})", R"({"name":"nope"})"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", "prompts/get", params))), -32602) << params;
  }
}

TEST_F(CatalogTest, CompletesPromptArguments) {
  legacy_client();
  Value got = peer->ask(legacy(
      "1", "completion/complete",
      R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"topic","value":"te"},"context":{"arguments":{"x":"1"}}})"));
  EXPECT_EQ(got["result"]["completion"],
            json::parse(R"({"values":["te!","x"],"total":2,"hasMore":false})").value());
  got = peer->ask(
      legacy("2", "completion/complete",
             R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"tone","value":"te"}})"));
  EXPECT_EQ(got["result"]["completion"]["values"].size(), 0u);
}

TEST_F(CatalogTest, CompletionSendsAHundredValuesAndSaysThatThereAreMore) {
  legacy_client();
  Value got = peer->ask(
      legacy("1", "completion/complete",
             R"({"ref":{"type":"ref/resource","uri":"x://n/{n}"},"argument":{"name":"n","value":""}})"))
                  ["result"]["completion"];
  EXPECT_EQ(got["values"].size(), 100u);
  EXPECT_EQ(got["total"], 101);
  EXPECT_EQ(got["hasMore"], true);
}

TEST_F(CatalogTest, CompletionOfUnknownThingsIsInvalidParams) {
  legacy_client();
  for (const char* params :
       {"{}", R"({"ref":{"type":"ref/prompt","name":"nope"},"argument":{"name":"a","value":""}})",
        R"({"ref":{"type":"ref/resource","uri":"x://zzz"},"argument":{"name":"a","value":""}})",
        R"({"ref":{"type":"ref/else","name":"about"},"argument":{"name":"a","value":""}})",
        R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"topic"}})"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", "completion/complete", params))), -32602) << params;
  }
}

}  // namespace
}  // namespace mcp::server
