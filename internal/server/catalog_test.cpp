#include "internal/server/catalog.h"

#include <gmock/gmock.h>

#include "internal/server/context.h"
#include "internal/server/test_peer.h"

namespace mcp::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Answer greet(Context& context) {
  return ToolResult::text("hello " + context.argument("name") + " of " + json::dump(context.arguments()));
}

Answer ask_name(Context& context) {
  const Value* content = context.accepted("who");
  if (content) return ToolResult::text("hello " + content->value("name", "?") + context.request_state());
  InputRequired wanted;
  wanted.elicit("who", "Who?", R"({"type":"object","properties":{"name":{"type":"string"}}})").state = "!";
  return wanted;
}

Answer never_content(Context&) { return InputRequired().list_roots("roots"); }
Answer throws(Context&) { throw std::runtime_error("secret"); }
Answer logs(Context& context) {
  context.log("debug", "1");
  context.log("warning", R"({"n":2})", "me");
  context.progress(1, 4, "quarter");
  context.progress(2.5);
  return ToolResult::text("done");
}
Answer needs_sampling(Context& context) {
  if (auto missing = context.require("sampling")) return *missing;
  return ToolResult::text("can sample");
}
Answer page(Context& context) { return ResourceResult::text(context.call()->uri(), "text/plain", "page"); }
Answer numbered(Context& context) {
  return ResourceResult::text(context.call()->uri(), "text/plain", "number " + context.variables().at("n"));
}
Answer rendered(Context& context) {
  PromptResult prompt;
  prompt.add("user", text_content("about " + context.argument("topic")));
  return prompt;
}

Tool tool(std::string name, Answer (*handler)(Context&), std::string schema = R"({"type":"object"})") {
  Tool out;
  out.name = std::move(name);
  out.input_schema = std::move(schema);
  out.handler = immediate(handler);
  return out;
}

std::shared_ptr<Catalog> make_catalog(async::Loop& loop, CatalogOptions options = {}) {
  options.server_info = R"({"name":"cat","version":"1"})";
  auto catalog = std::make_shared<Catalog>(loop, options);
  EXPECT_TRUE(catalog->add(tool("greet", greet, R"({"type":"object","properties":{"name":{"type":"string"}},"required":["name"]})")));
  EXPECT_TRUE(catalog->add(tool("ask", ask_name)));
  EXPECT_TRUE(catalog->add(tool("endless", never_content)));
  EXPECT_TRUE(catalog->add(tool("throws", throws)));
  EXPECT_TRUE(catalog->add(tool("logs", logs)));
  EXPECT_TRUE(catalog->add(tool("sampler", needs_sampling)));
  Resource resource;
  resource.uri = "x://page";
  resource.name = "page";
  resource.handler = immediate(page);
  EXPECT_TRUE(catalog->add(resource));
  ResourceTemplate numbers;
  numbers.uri_template = "x://n/{n}";
  numbers.name = "numbers";
  numbers.handler = immediate(numbered);
  numbers.complete["n"] = [](const CompletionRequest&) {
    std::vector<std::string> all;
    for (int i = 0; i < 101; ++i) all.push_back(std::to_string(i));
    return all;
  };
  EXPECT_TRUE(catalog->add(numbers));
  Prompt prompt;
  prompt.name = "about";
  prompt.arguments = {{"topic", "what about", true,
                       [](const CompletionRequest& request) {
                         return std::vector<std::string>{request.value + "!", request.context.count("x") ? "x" : "-"};
                       }},
                      {"tone", "", false, nullptr}};
  prompt.handler = immediate(rendered);
  EXPECT_TRUE(catalog->add(prompt));
  return catalog;
}

class CatalogTest : public testing::Test {
 protected:
  void open(CatalogOptions options = {}) {
    peer = std::make_unique<TestPeer>(loop, [&](async::Loop& on) { return catalog = make_catalog(on, options); });
  }
  void legacy_client(std::string_view capabilities = "{}") {
    open();
    peer->initialize(capabilities);
  }
  static int code(const Value& answer) { return answer.contains("error") ? answer["error"]["code"].get<int>() : 0; }
  static std::string text(const Value& answer) { return answer["result"]["content"][0]["text"]; }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  std::shared_ptr<Catalog> catalog;
  std::unique_ptr<TestPeer> peer;
};

TEST_F(CatalogTest, OffersWhatIsDeclared) {
  open();
  Value can = peer->initialize()["result"]["capabilities"];
  EXPECT_EQ(can["tools"]["listChanged"], true);
  EXPECT_EQ(can["resources"]["subscribe"], true);
  EXPECT_TRUE(can.contains("prompts") && can.contains("completions") && can.contains("logging"));
}

TEST_F(CatalogTest, AnEmptyCatalogOffersNoTools) {
  peer = std::make_unique<TestPeer>(loop, [&](async::Loop& on) { return std::make_shared<Catalog>(on, CatalogOptions()); });
  Value can = peer->initialize()["result"]["capabilities"];
  EXPECT_FALSE(can.contains("tools") || can.contains("resources") || can.contains("prompts"));
}

TEST_F(CatalogTest, ListsInTheOrderOfDeclaration) {
  legacy_client();
  std::vector<std::string> names;
  for (const auto& listed : peer->ask(legacy("1", "tools/list"))["result"]["tools"]) names.push_back(listed["name"]);
  EXPECT_THAT(names, ElementsAre("greet", "ask", "endless", "throws", "logs", "sampler"));
}

TEST_F(CatalogTest, PagesJoinToTheWholeList) {
  CatalogOptions options;
  options.page_size = 4;
  open(options);
  peer->initialize();
  Value first = peer->ask(legacy("1", "tools/list"))["result"];
  ASSERT_EQ(first["tools"].size(), 4u);
  Value second = peer->ask(legacy("2", "tools/list", R"({"cursor":)" + first["nextCursor"].dump() + "}"))["result"];
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
  Value second = peer->ask(legacy("2", "tools/list", R"({"cursor":)" + first["nextCursor"].dump() + "}"))["result"];
  EXPECT_EQ(second["tools"][0]["name"], "logs");
}

TEST_F(CatalogTest, AnUnknownCursorIsInvalidParams) {
  legacy_client();
  for (const char* cursor : {R"({"cursor":"bm9uZQ=="})", R"({"cursor":"!"})", R"({"cursor":""})", R"({"cursor":7})"}) {
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
  EXPECT_EQ(text(peer->ask(legacy("1", "tools/call", R"({"name":"logs"})"))), "done");
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
  EXPECT_EQ(first["params"], json::parse(R"({"progressToken":"t","progress":1,"total":4,"message":"quarter"})").value());
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
  Value log = peer->ask(modern("2", "tools/call", R"(,"name":"logs")", "{}", R"(,"io.modelcontextprotocol/logLevel":"info")"));
  EXPECT_EQ(log["params"]["level"], "warning");
}

// Several rounds (SEP-2322).

TEST_F(CatalogTest, AModernClientGetsInputRequiredAndComesBack) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"elicitation":{}})"))["result"];
  EXPECT_EQ(asked["resultType"], "input_required");
  EXPECT_EQ(asked["inputRequests"]["who"]["method"], "elicitation/create");
  EXPECT_FALSE(asked.contains("ttlMs"));
  std::string back = R"(,"name":"ask","inputResponses":{"who":{"action":"accept","content":{"name":"bob"}}},"requestState":)" +
                     asked["requestState"].dump();
  EXPECT_EQ(text(peer->ask(modern("2", "tools/call", back, R"({"elicitation":{}})"))), "hello bob!");
}

TEST_F(CatalogTest, AMissingInputResponseIsAskedForAgain) {
  open();
  Value again = peer->ask(modern("1", "tools/call", R"(,"name":"ask","inputResponses":{"other":{}})", R"({"elicitation":{}})"));
  EXPECT_EQ(again["result"]["resultType"], "input_required");
}

TEST_F(CatalogTest, AChangedRequestStateIsInvalidParams) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask")", R"({"elicitation":{}})"))["result"];
  std::string state = asked["requestState"];
  state[10] = state[10] == 'A' ? 'B' : 'A';
  Value refused = peer->ask(modern("2", "tools/call", R"(,"name":"ask","inputResponses":{},"requestState":")" + state + '"'));
  EXPECT_EQ(code(refused), -32602);
  EXPECT_EQ(refused["error"]["data"]["reason"], "invalid_request_state");
}

TEST_F(CatalogTest, ARequestStateAnswersOnlyToItsOwnArguments) {
  open();
  Value asked = peer->ask(modern("1", "tools/call", R"(,"name":"ask","arguments":{"a":1,"b":2})", R"({"elicitation":{}})"))["result"];
  std::string state = asked["requestState"].dump();
  auto back = [&](const char* arguments) {
    return peer->ask(modern("2", "tools/call", R"(,"name":"ask","arguments":)" + std::string(arguments) + R"(,"requestState":)" + state,
                            R"({"elicitation":{}})"));
  };
  EXPECT_EQ(code(back(R"({"b":2,"a":1})")), 0);
  EXPECT_EQ(code(back(R"({"a":1,"b":3})")), -32602);
}

TEST_F(CatalogTest, WhatAModernClientDidNotDeclareIsMissingCapability) {
  open();
  Value refused = peer->ask(modern("1", "tools/call", R"(,"name":"ask")"));
  EXPECT_EQ(code(refused), -32021);
  EXPECT_TRUE(refused["error"]["data"]["requiredCapabilities"].contains("elicitation"));
}

TEST_F(CatalogTest, RequireSaysWhichCapabilityIsMissing) {
  open();
  Value refused = peer->ask(modern("1", "tools/call", R"(,"name":"sampler")"));
  EXPECT_EQ(code(refused), -32021);
  EXPECT_TRUE(refused["error"]["data"]["requiredCapabilities"].contains("sampling"));
  EXPECT_EQ(text(peer->ask(modern("2", "tools/call", R"(,"name":"sampler")", R"({"sampling":{}})"))), "can sample");
}

TEST_F(CatalogTest, ALegacyClientIsAskedByARequestInstead) {
  legacy_client(R"({"elicitation":{}})");
  Value question = peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"));
  EXPECT_EQ(question["method"], "elicitation/create");
  peer->send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() + R"(,"result":{"action":"accept","content":{"name":"ann"}}})");
  EXPECT_EQ(text(peer->next()), "hello ann!");
}

TEST_F(CatalogTest, ALegacyClientThatCannotBeAskedGetsAnError) {
  legacy_client();
  EXPECT_NE(code(peer->ask(legacy("1", "tools/call", R"({"name":"ask"})"))), 0);
}

TEST_F(CatalogTest, AHandlerThatNeverStopsAskingIsStopped) {
  legacy_client(R"({"roots":{}})");
  Value got = peer->ask(legacy("1", "tools/call", R"({"name":"endless"})"));
  int rounds = 0;
  for (; got.value("method", "") == "roots/list"; ++rounds) {
    got = peer->ask(R"({"jsonrpc":"2.0","id":)" + got["id"].dump() + R"(,"result":{"roots":[]}})");
  }
  EXPECT_EQ(rounds, 16);
  EXPECT_EQ(code(got), -32603);
}

// Resources.

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
  Value ack = peer->ask(modern("\"L\"", "subscriptions/listen",
                               R"(,"notifications":{"toolsListChanged":true,"resourceSubscriptions":["x://page","x://none"]})"));
  EXPECT_EQ(ack["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(ack["params"]["notifications"], json::parse(R"({"toolsListChanged":true,"resourceSubscriptions":["x://page"]})").value());
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

TEST_F(CatalogTest, ListensBeyondTheLimitAreRefused) {
  SessionOptions options;
  options.max_in_flight = Subscribers::kMaxListens + 10;
  peer = std::make_unique<TestPeer>(loop, [&](async::Loop& on) { return make_catalog(on); }, options);
  for (std::size_t i = 0; i < Subscribers::kMaxListens; ++i) {
    Value ack = peer->ask(modern(std::to_string(i), "subscriptions/listen", R"(,"notifications":{"toolsListChanged":true})"));
    ASSERT_TRUE(ack.contains("method"));
  }
  EXPECT_EQ(code(peer->ask(modern("\"x\"", "subscriptions/listen", R"(,"notifications":{"toolsListChanged":true})"))), -32603);
}

// Prompts and completion.

TEST_F(CatalogTest, APromptIsRenderedWithItsArguments) {
  legacy_client();
  Value got = peer->ask(legacy("1", "prompts/get", R"({"name":"about","arguments":{"topic":"tea"}})"));
  EXPECT_EQ(got["result"]["messages"][0]["content"]["text"], "about tea");
}

TEST_F(CatalogTest, PromptsRefuseWhatIsMissingOrNoString) {
  legacy_client();
  for (const char* params : {R"({"name":"about"})", R"({"name":"about","arguments":{"topic":7}})", R"({"name":"nope"})"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", "prompts/get", params))), -32602) << params;
  }
}

TEST_F(CatalogTest, CompletesPromptArguments) {
  legacy_client();
  Value got = peer->ask(legacy("1", "completion/complete",
      R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"topic","value":"te"},"context":{"arguments":{"x":"1"}}})"));
  EXPECT_EQ(got["result"]["completion"], json::parse(R"({"values":["te!","x"],"total":2,"hasMore":false})").value());
  got = peer->ask(legacy("2", "completion/complete",
      R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"tone","value":"te"}})"));
  EXPECT_EQ(got["result"]["completion"]["values"].size(), 0u);
}

TEST_F(CatalogTest, CompletionSendsAHundredValuesAndSaysThatThereAreMore) {
  legacy_client();
  Value got = peer->ask(legacy("1", "completion/complete",
      R"({"ref":{"type":"ref/resource","uri":"x://n/{n}"},"argument":{"name":"n","value":""}})"))["result"]["completion"];
  EXPECT_EQ(got["values"].size(), 100u);
  EXPECT_EQ(got["total"], 101);
  EXPECT_EQ(got["hasMore"], true);
}

TEST_F(CatalogTest, CompletionOfUnknownThingsIsInvalidParams) {
  legacy_client();
  for (const char* params : {
           "{}", R"({"ref":{"type":"ref/prompt","name":"nope"},"argument":{"name":"a","value":""}})",
           R"({"ref":{"type":"ref/resource","uri":"x://zzz"},"argument":{"name":"a","value":""}})",
           R"({"ref":{"type":"ref/else","name":"about"},"argument":{"name":"a","value":""}})",
           R"({"ref":{"type":"ref/prompt","name":"about"},"argument":{"name":"topic"}})"}) {
    EXPECT_EQ(code(peer->ask(legacy("1", "completion/complete", params))), -32602) << params;
  }
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
