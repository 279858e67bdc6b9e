// Lists of modern servers: how long they are used, and for whom (2026-07-28 caching).
#include "internal/gateway/list_cache.h"

#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

TEST(ListCache, OneListTooManyDropsTheOneThatWasNotAskedForLongest) {
  async::Loop loop;
  ListCache cache(2);
  auto make = [&loop] { return std::make_shared<Shelf>(loop, ListKind::kTools, false, [] {}); };
  auto ada = cache.at(ListKind::kTools, "ada", make);
  cache.at(ListKind::kTools, "bob", make);
  EXPECT_EQ(cache.at(ListKind::kTools, "ada", make), ada);
  EXPECT_EQ(cache.size(), 2u);
  cache.at(ListKind::kPrompts, "ada", make);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.find(ListKind::kTools, "ada"), ada);
  EXPECT_EQ(cache.find(ListKind::kTools, "bob"), nullptr);
}

struct Caching : testing::Test {
  // A modern server whose answers to tools/list count up: t1, t2, …
  void add(std::string name, std::string freshness) {
    auto count = std::make_shared<int>(0);
    t.add(
        name,
        [count, freshness](const jsonrpc::Message& m) -> std::string {
          if (m.method == "server/discover") {
            return R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":)"
                   R"({"tools":{},"resources":{}},"ttlMs":0,"cacheScope":"private"})";
          }
          if (m.method == "tools/list") {
            return R"({"resultType":"complete","tools":[{"name":"t)" + std::to_string(++*count) +
                   R"(","inputSchema":{}}])" + freshness + "}";
          }
          if (m.method == "tools/call") return R"({"resultType":"complete","content":[]})";
          if (m.method == "resources/read")
            return R"({"resultType":"complete","contents":[],"ttlMs":77,"cacheScope":"public"})";
          if (m.method == "resources/list")
            return R"({"resultType":"complete","resources":[{"uri":"x:a","name":"a"}],"ttlMs":1,"cacheScope":"public"})";
          return R"(!{"code":-32601,"message":"Method not found"})";
        },
        "modern");
  }
  void start() {
    t.start();
    ASSERT_TRUE(t.wait([&] { return t.gateway->all_settled(); }));
  }
  std::unique_ptr<TestPeer> principal(const std::string& name) {
    server::SessionOptions options;
    options.principal = name;
    return t.client(options);
  }
  Value list(TestPeer& client) { return client.ask(modern(std::to_string(++id), "tools/list")); }

  TestGateway t;
  int id = 0;
};

TEST_F(Caching, AFreshPublicListIsServedToAllWithWhatIsLeftOfItsTime) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"public")");
  start();
  auto ada = principal("ada"), bob = principal("bob");
  for (auto* client : {ada.get(), bob.get(), ada.get()}) {
    Value answer = list(*client);
    EXPECT_EQ(names_of(answer), "a__t1");
    EXPECT_EQ(answer["result"]["cacheScope"], "public");
    EXPECT_LE(answer["result"]["ttlMs"].get<int>(), 600000);
    EXPECT_GT(answer["result"]["ttlMs"].get<int>(), 0);
  }
  EXPECT_EQ(t.last("a").count("tools/list"), 1u);
}

TEST_F(Caching, AStaleListIsReadAgainByTheNextQuestion) {
  add("a", R"(,"ttlMs":0,"cacheScope":"public")");
  start();
  auto ada = principal("ada");
  EXPECT_EQ(names_of(list(*ada)), "a__t2");
  Value answer = list(*ada);
  EXPECT_EQ(names_of(answer), "a__t3");
  EXPECT_EQ(answer["result"]["ttlMs"], 0);
}

TEST_F(Caching, APrivateListIsReadForEachPrincipalAndUsedAgainForThatOneOnly) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"private")");
  start();
  auto ada = principal("ada"), bob = principal("bob");
  EXPECT_EQ(names_of(list(*ada)), "a__t2");
  EXPECT_EQ(names_of(list(*bob)), "a__t3");
  EXPECT_EQ(names_of(list(*ada)), "a__t2");
  Value again = list(*bob);
  EXPECT_EQ(names_of(again), "a__t3");
  EXPECT_EQ(again["result"]["cacheScope"], "private");
  auto second = principal("ada");
  EXPECT_EQ(names_of(list(*second)), "a__t2");
}

TEST_F(Caching, AListThatTurnsPrivateIsNotShownToWhoeverWaitedForIt) {
  auto freshness = std::make_shared<std::string>(R"(,"ttlMs":0,"cacheScope":"public")");
  add("a", "");
  auto script = t.scripts["a"];
  t.scripts["a"] = [script, freshness](const jsonrpc::Message& m) {
    std::string answer = script(m);
    if (m.method == "tools/list") answer.insert(answer.size() - 1, *freshness);
    return answer;
  };
  start();
  *freshness = R"(,"ttlMs":600000,"cacheScope":"private")";
  auto ada = principal("ada"), bob = principal("bob");
  ada->send(modern("1", "tools/list"));
  bob->send(modern("1", "tools/list"));
  EXPECT_NE(names_of(ada->next()), names_of(bob->next()));
}

TEST_F(Caching, AToolOfAPrincipalsOwnListCanBeCalledByThatPrincipal) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"private")");
  start();
  auto ada = principal("ada"), bob = principal("bob");
  list(*ada);
  auto call = modern("9", "tools/call", R"(,"name":"a__t2")");
  EXPECT_TRUE(ada->ask(call).contains("result"));
  EXPECT_THAT(bob->ask(call).dump(), HasSubstr("Unknown tool"));
}

TEST_F(Caching, AChangeInvalidatesWhatIsStillFresh) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"private")");
  start();
  auto ada = principal("ada");
  EXPECT_EQ(names_of(list(*ada)), "a__t2");
  t.last("a").send(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  ASSERT_TRUE(t.wait([&] { return t.last("a").count("tools/list") == 3; }));
  EXPECT_EQ(names_of(list(*ada)), "a__t4");
}

TEST_F(Caching, AMergedListIsAsStrictAsItsStrictestPart) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"public")");
  add("b", R"(,"ttlMs":5000,"cacheScope":"private")");
  start();
  auto ada = principal("ada");
  Value answer = list(*ada);
  EXPECT_EQ(names_of(answer), "a__t1 b__t2");
  EXPECT_LE(answer["result"]["ttlMs"].get<int>(), 5000);
  EXPECT_GT(answer["result"]["ttlMs"].get<int>(), 0);
  EXPECT_EQ(answer["result"]["cacheScope"], "private");
}

TEST_F(Caching, ALegacyPartSaysNothingOfItsTimeSoNeitherDoesTheWhole) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"public")");
  t.add("b", TestGateway::legacy_server("[]"));
  start();
  auto ada = principal("ada");
  EXPECT_EQ(list(*ada)["result"]["ttlMs"], 0);
}

TEST_F(Caching, ALegacyClientIsToldNothingOfTime) {
  add("a", R"(,"ttlMs":600000,"cacheScope":"public")");
  start();
  auto client = t.client();
  client->initialize();
  EXPECT_FALSE(client->ask(legacy("1", "tools/list"))["result"].contains("ttlMs"));
}

TEST_F(Caching, AReadKeepsTheTimeThatItsServerGaveIt) {
  add("a", "");
  start();
  auto ada = principal("ada");
  Value answer = ada->ask(modern("1", "resources/read", R"(,"uri":"x:a")"));
  EXPECT_EQ(answer["result"]["ttlMs"], 77);
  EXPECT_EQ(answer["result"]["cacheScope"], "public");
}

TEST_F(Caching, AServerThatStopsAnsweringListsServesItsLastGoodOneAndDelaysNobodyTwice) {
  add("a", R"(,"ttlMs":0,"cacheScope":"public")");
  t.add("b", TestGateway::legacy_server(R"([{"name":"go","inputSchema":{}}])"));
  start();
  auto script = t.scripts["a"];
  t.last("a").answer_by(
      [script](const jsonrpc::Message& m) { return m.method == "tools/list" ? "" : script(m); });
  auto ada = principal("ada");
  EXPECT_EQ(names_of(list(*ada)), "a__t1 b__go");
  auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(names_of(list(*ada)), "a__t1 b__go");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));  // 20 waits would be 30 s
  EXPECT_EQ(t.last("a").count("tools/list"), 2u);
}

}  // namespace
}  // namespace mcp::gateway
