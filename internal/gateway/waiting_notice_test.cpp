#include "internal/gateway/waiting_notice.h"

#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

constexpr const char* kTools = R"([{"name":"go","inputSchema":{"type":"object"}}])";

// A gateway in front of a server that keeps `initialize` for itself until answer() is called.
class WaitingNoticeTest : public testing::Test {
 protected:
  WaitingNoticeTest() {
    farm.options.list_patience = async::Millis{10};
    auto script = TestGateway::legacy_server(kTools, [this](const jsonrpc::Message& m) { return called(m); });
    farm.add("slow", [this, script](const jsonrpc::Message& m) {
      if (m.method != "initialize") return script(m);
      hello = m;
      return std::string();
    });
    farm.start();
  }

  void answer() {
    auto script = TestGateway::legacy_server(kTools);
    farm.last("slow").send(R"({"jsonrpc":"2.0","id":)" + hello->id->raw() + R"(,"result":)" + script(*hello) +
                           "}");
  }
  std::string called(const jsonrpc::Message& m) {
    for (const char* done : {"0", "0.5", "1"}) {
      if (m.progress_token.empty()) break;
      farm.last("slow").send(
          R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
          std::string(m.progress_token.view()) + R"(,"progress":)" + done + "}}");
    }
    return R"({"content":[{"type":"text","text":"done"}]})";
  }

  TestGateway farm;
  std::optional<jsonrpc::Message> hello;
};

TEST_F(WaitingNoticeTest, TellsAClientThatItsServerStartsAndKeepsProgressIncreasing) {
  auto client = farm.client();
  client->initialize();
  client->send(
      legacy("1", "tools/call", R"({"name":"slow__go","arguments":{},"_meta":{"progressToken":"p"}})"));
  Value notice = client->next();
  EXPECT_EQ(notice["method"], "notifications/progress");
  EXPECT_EQ(
      notice["params"],
      Value::parse(R"({"progressToken":"p","progress":0,"message":"server \"slow\" is still starting"})"));
  answer();
  std::vector<double> later;
  Value last;
  for (last = client->next(); last.contains("method"); last = client->next()) {
    if (last["method"] == "notifications/progress") later.push_back(last["params"]["progress"]);
  }
  EXPECT_THAT(later, testing::ElementsAre(0.5, 1)) << "its 0 would not have been an increase";
  EXPECT_EQ(last["result"]["content"][0]["text"], "done");
}

TEST_F(WaitingNoticeTest, TellsNothingToAClientThatAskedForNoProgress) {
  auto client = farm.client();
  client->initialize();
  client->send(legacy("1", "tools/call", R"({"name":"slow__go","arguments":{}})"));
  farm.pass(async::Millis{1'200});
  answer();
  Value last;
  for (last = client->next(); last.contains("method"); last = client->next())
    EXPECT_NE(last["method"], "notifications/progress");
  EXPECT_EQ(last["result"]["content"][0]["text"], "done");
}

TEST_F(WaitingNoticeTest, PassesAllReportsOfAServerThatWasUp) {
  auto client = farm.client();
  ASSERT_TRUE(farm.wait([&] { return hello.has_value(); }));
  answer();
  ASSERT_TRUE(farm.wait_state("slow", "ready"));
  client->initialize();
  client->send(
      legacy("1", "tools/call", R"({"name":"slow__go","arguments":{},"_meta":{"progressToken":"p"}})"));
  for (double done : {0.0, 0.5, 1.0}) EXPECT_EQ(client->next()["params"]["progress"], done);
  EXPECT_EQ(client->next()["result"]["content"][0]["text"], "done");
}

}  // namespace
}  // namespace mcp::gateway
