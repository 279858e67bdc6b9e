#include "internal/server/test_catalog.h"

namespace mcp::server {
namespace {

TEST_F(CatalogTest, OffersWhatIsDeclared) {
  open();
  Value can = peer->initialize()["result"]["capabilities"];
  EXPECT_EQ(can["tools"]["listChanged"], true);
  EXPECT_EQ(can["resources"]["subscribe"], true);
  EXPECT_TRUE(can.contains("prompts") && can.contains("completions") && can.contains("logging"));
}

TEST_F(CatalogTest, AnEmptyCatalogOffersNoTools) {
  peer = std::make_unique<TestPeer>(
      loop, [&](async::Loop& on) { return std::make_shared<Catalog>(on, CatalogOptions()); });
  Value can = peer->initialize()["result"]["capabilities"];
  EXPECT_FALSE(can.contains("tools") || can.contains("resources") || can.contains("prompts"));
}

TEST_F(CatalogTest, ListsInTheOrderOfDeclaration) {
  legacy_client();
  std::vector<std::string> names;
  Value answer = peer->ask(legacy("1", "tools/list"));
  for (const auto& listed : answer["result"]["tools"]) names.push_back(listed["name"]);
  EXPECT_THAT(names, ElementsAre("greet", "ask", "endless", "throws", "logs", "sampler"));
}

TEST_F(CatalogTest, PagesJoinToTheWholeList) {
  CatalogOptions options;
  options.page_size = 4;
  open(options);
  peer->initialize();
  Value first = peer->ask(legacy("1", "tools/list"))["result"];
  ASSERT_EQ(first["tools"].size(), 4u);
  Value second =
      peer->ask(legacy("2", "tools/list", R"({"cursor":)" + first["nextCursor"].dump() + "}"))["result"];
  EXPECT_EQ(second["tools"].size(), 2u);
  EXPECT_FALSE(second.contains("nextCursor"));
}

TEST_F(CatalogTest, APageStaysRightWhenAnEarlierToolIsRemoved) {
  CatalogOptions options;
  options.page_size = 4;
  open(options);
  peer->initialize();
  Value first = peer->ask(legacy("1", "tools/list"))["result"];
  EXPECT_TRUE(catalog->remove_tool("greet"));
  peer->next();  // list_changed
  Value second =
      peer->ask(legacy("2", "tools/list", R"({"cursor":)" + first["nextCursor"].dump() + "}"))["result"];
  EXPECT_EQ(second["tools"][0]["name"], "logs");
}

TEST_F(CatalogTest, AnUnknownCursorIsInvalidParams) {
  legacy_client();
  for (const char* cursor :
       {R"({"cursor":"bm9uZQ=="})", R"({"cursor":"!"})", R"({"cursor":""})", R"({"cursor":7})"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", "tools/list", cursor))), -32602) << cursor;
  }
}

TEST_F(CatalogTest, ACallRunsTheHandler) {
  legacy_client();
  Value answer = peer->ask(legacy("1", "tools/call", R"({"name":"greet","arguments":{"name":"bob"}})"));
  EXPECT_EQ(text(answer), R"(hello bob of {"name":"bob"})");
}

TEST_F(CatalogTest, MissingArgumentsAreAnEmptyObject) {
  legacy_client();
  peer->ask(legacy("1", "tools/call", R"({"name":"logs"})"));  // its log message
  EXPECT_EQ(text(peer->next()), "done");
}

TEST_F(CatalogTest, AnUnknownToolIsInvalidParams) {
  legacy_client();
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/call", R"({"name":"nope"})"))), -32602);
}

TEST_F(CatalogTest, ArgumentsThatAreNoObjectAreInvalidParams) {
  legacy_client();
  EXPECT_EQ(code(peer->ask(legacy("1", "tools/call", R"({"name":"greet","arguments":[1]})"))), -32602);
}

TEST_F(CatalogTest, AMissingRequiredArgumentIsAToolError) {
  legacy_client();
  Value answer = peer->ask(legacy("1", "tools/call", R"({"name":"greet","arguments":{}})"));
  EXPECT_EQ(answer["result"]["isError"], true);
  EXPECT_THAT(text(answer), HasSubstr("name"));
}

TEST_F(CatalogTest, AThrowingHandlerIsAnInternalErrorThatTellsNothing) {
  legacy_client();
  Value answer = peer->ask(legacy("1", "tools/call", R"({"name":"throws"})"));
  EXPECT_EQ(code(answer), -32603);
  EXPECT_THAT(answer.dump(), testing::Not(HasSubstr("secret")));
}

TEST_F(CatalogTest, ProgressGoesToWhomGaveAToken) {
  legacy_client();
  peer->ask(legacy("1", "logging/setLevel", R"({"level":"emergency"})"));
  Value first = peer->ask(legacy("2", "tools/call", R"({"name":"logs","_meta":{"progressToken":"t"}})"));
  EXPECT_EQ(first["params"],
            json::parse(R"({"progressToken":"t","progress":1,"total":4,"message":"quarter"})").value());
  EXPECT_EQ(peer->next()["params"], json::parse(R"({"progressToken":"t","progress":2.5})").value());
  EXPECT_EQ(peer->next()["id"], 2);
}

TEST_F(CatalogTest, LegacyLogsFollowTheLevelThatWasSet) {
  legacy_client();
  Value warning = peer->ask(legacy("1", "tools/call", R"({"name":"logs"})"));
  EXPECT_EQ(warning["params"], json::parse(R"({"level":"warning","logger":"me","data":{"n":2}})").value());
  peer->next();
  peer->ask(legacy("2", "logging/setLevel", R"({"level":"error"})"));
  EXPECT_EQ(peer->ask(legacy("3", "tools/call", R"({"name":"logs"})"))["id"], 3);
  peer->ask(legacy("4", "logging/setLevel", R"({"level":"debug"})"));
  EXPECT_EQ(peer->ask(legacy("5", "tools/call", R"({"name":"logs"})"))["params"]["level"], "debug");
}

TEST_F(CatalogTest, AnUnknownLevelIsInvalidParams) {
  legacy_client();
  EXPECT_EQ(code(peer->ask(legacy("1", "logging/setLevel", R"({"level":"loud"})"))), -32602);
}

TEST_F(CatalogTest, ModernLogsNeedTheRequestsLogLevel) {
  open();
  EXPECT_EQ(peer->ask(modern("1", "tools/call", R"(,"name":"logs")"))["id"], 1);
  Value log = peer->ask(
      modern("2", "tools/call", R"(,"name":"logs")", "{}", R"(,"io.modelcontextprotocol/logLevel":"info")"));
  EXPECT_EQ(log["params"]["level"], "warning");
}

TEST_F(CatalogTest, WhatIsReadAtTheDoorIsReadByTheHandlerToo) {
  open();
  peer->initialize();
  // As deep as a whole message may be: the message and its params are two levels, the arguments a third.
  auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  auto call = [&](int levels) {
    return legacy("1", "tools/call", R"({"name":"greet","arguments":{"deep":)" + nested(levels) + "}}");
  };
  EXPECT_TRUE(peer->ask(call(json::kMaxDepth - 3)).contains("result"));
}

// Declarations.

TEST_F(CatalogTest, RefusesBadDeclarations) {
  open();
  auto refused = [this](Tool bad) {
    auto added = catalog->add(std::move(bad));
    return added ? ErrorCode::kInternal : added.error().code;
  };
  EXPECT_EQ(refused(tool("", greet)), ErrorCode::kInvalid);
  EXPECT_EQ(refused(tool("a b", greet)), ErrorCode::kInvalid);
  EXPECT_EQ(refused(tool(std::string(129, 'a'), greet)), ErrorCode::kInvalid);
  EXPECT_EQ(refused(tool("t", greet, R"({"type":"array"})")), ErrorCode::kInvalid);
  EXPECT_EQ(refused(tool("t", greet, "{")), ErrorCode::kMalformed);
  EXPECT_EQ(refused(tool("greet", greet)), ErrorCode::kExists);
  EXPECT_TRUE(catalog->add(tool(std::string(128, 'a'), greet)));
}

}  // namespace
}  // namespace mcp::server
