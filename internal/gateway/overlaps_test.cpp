#include "internal/gateway/overlaps.h"

#include <algorithm>

#include "internal/base/log.h"
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Listing tools(std::initializer_list<const char*> names) {
  std::vector<Bytes> raws;
  for (const char* name : names) raws.push_back(Bytes::copy(std::string(R"({"name":")") + name + R"("})"));
  std::vector<std::string> problems;
  return Listing::build(ListKind::kTools, raws, {}, false, problems);
}

TEST(FindOverlaps, NamesEachPairOnceAndTheFirstServerAsOwner) {
  Listing a = tools({"x", "y", "z"}), b = tools({"y", "w", "x"}), c = tools({"w", "z", "own"});
  auto found = find_overlaps({{"a", &a}, {"b", &b}, {"c", &c}});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].owner + found[0].hidden, "ab");
  EXPECT_THAT(found[0].names, ElementsAre("y", "x"));
  EXPECT_EQ(found[1].owner + found[1].hidden, "bc");
  EXPECT_THAT(found[1].names, ElementsAre("w"));
  EXPECT_EQ(found[2].owner + found[2].hidden, "ac");
  EXPECT_THAT(found[2].names, ElementsAre("z"));
}

TEST(FindOverlaps, FindsNoneWhereNamesDiffer) {
  Listing a = tools({"x"}), b = tools({"y"});
  EXPECT_THAT(find_overlaps({{"a", &a}, {"b", &b}}), IsEmpty());
}

// Servers with these tools, all of them with the resource file:///a.
struct OverlapLog : testing::Test {
  void add(const std::string& name, int count, std::string prefix = "") {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += (list.empty() ? "" : ",") + std::string(R"({"name":"t)") + std::to_string(i) + R"("})";
    }
    t.add(name, TestGateway::legacy_server("[" + list + "]")).prefix = std::move(prefix);
  }
  // What the log has by the time that all servers are up and a client has seen their lists.
  std::string log_of_start() {
    testing::internal::CaptureStderr();
    t.start();
    EXPECT_TRUE(t.wait([&] { return t.gateway->all_settled(); }));
    auto client = t.client();
    client->initialize();
    client->ask(legacy("1", "tools/list"));
    client->ask(legacy("2", "resources/list"));
    t.pass(kFlushAfter * 3);
    client->hang_up();
    return testing::internal::GetCapturedStderr();
  }
  static std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

  TestGateway t;
};

TEST_F(OverlapLog, APairOfServersIsOneLineWithCountAndTheFirstNames) {
  add("a", 5);
  add("b", 5);
  std::string log = log_of_start();
  EXPECT_THAT(log, HasSubstr(R"(level=error)"));
  EXPECT_THAT(log, HasSubstr(R"(owner=a hidden=b count=5 names="t0, t1, t2, …")"));
  EXPECT_THAT(log, Not(HasSubstr("t3")));
  EXPECT_EQ(lines(log), 2) << log;  // the other one is about resources
}

TEST_F(OverlapLog, HiddenResourcesAreOneLineAServerAndSayWhereTheyAre) {
  add("a", 1, "a__");
  add("b", 1, "b__");
  add("c", 1, "c__");
  std::string log = log_of_start();
  EXPECT_THAT(log,
              HasSubstr(R"(server=b owners=a count=1 uris=file:///a hint="reachable at /servers/b/mcp")"));
  EXPECT_THAT(log, HasSubstr(R"(server=c owners=a count=1)"));
  EXPECT_THAT(log, HasSubstr("level=warn"));
  EXPECT_EQ(lines(log), 2) << log;
}

TEST_F(OverlapLog, IsToldOnceAndAgainWhenMoreIsHidden) {
  add("a", 2);
  add("b", 1);
  log_of_start();
  auto change = [this](const std::string& list) {
    testing::internal::CaptureStderr();
    t.last("b").answer_by(TestGateway::legacy_server(list));
    auto lists = t.last("b").count("tools/list");
    t.last("b").send(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    t.wait([&] { return t.last("b").count("tools/list") > lists; });
    t.pass(kFlushAfter * 3);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(change(R"([{"name":"t0"},{"name":"own"}])"), "");
  EXPECT_THAT(change(R"([{"name":"t0"},{"name":"t1"}])"), HasSubstr(R"(count=2 names="t0, t1")"));
}

}  // namespace
}  // namespace mcp::gateway
