#include "internal/client/tool_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/client/scripted_server.h"

namespace mcp::client {
namespace {

constexpr async::Millis kPatience{5'000};
constexpr const char* kDiscovered =
    R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"})";
constexpr const char* kMismatch = R"(!{"code":-32020,"message":"Mcp-Param-Zone is missing"})";
constexpr const char* kDone = R"({"resultType":"complete","content":[]})";

std::string tools(const std::string& header) {
  return R"({"resultType":"complete","tools":[{"name":"t","inputSchema":{"type":"object","properties":)"
         R"({"r":{"type":"string","x-mcp-header":")" +
         header + R"("}}}}]})";
}

// An in-process channel that says of itself what a modern HTTP channel says.
class HttpLike final : public transport::Channel {
 public:
  explicit HttpLike(transport::ChannelPtr inner) : inner_(std::move(inner)) {}
  void start(std::weak_ptr<transport::Listener> listener) override { inner_->start(std::move(listener)); }
  Result<void> send(transport::Envelope envelope) override { return inner_->send(std::move(envelope)); }
  void close() override { inner_->close(); }
  bool abandon_cancels() const override { return true; }

 private:
  transport::ChannelPtr inner_;
};

class ToolCallTest : public testing::Test {
 protected:
  void open(ScriptedServer::Script script, bool http = true) {
    auto [ours, theirs] = transport::make_channel_pair(loop);
    server =
        std::make_shared<ScriptedServer>(theirs, [script](const jsonrpc::Message& message) -> std::string {
          return message.method == "server/discover" ? kDiscovered : script(message);
        });
    server->start();
    auto channel = http ? transport::ChannelPtr(std::make_shared<HttpLike>(ours)) : ours;
    peer = Peer::create(loop, channel, Identity{R"({"name":"t","version":"1"})", {}}, {});
    ASSERT_TRUE(run(peer->discover(kPatience)));
    auto listed = run(list_tools(peer));
    ASSERT_TRUE(listed);
    *book = std::move(*listed);
  }
  template <class T>
  static Task<void> store(Task<T> task, std::shared_ptr<std::optional<T>> into) {
    into->emplace(co_await std::move(task));
  }
  template <class T>
  T run(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    loop.spawn(store(std::move(task), result));
    EXPECT_TRUE(loop.run_until([&] { return result->has_value(); }, kPatience));
    return std::move(**result);
  }
  Outcome call(const char* params) {
    Request request;
    request.method = "tools/call";
    request.params = Bytes::copy(params);
    return run(call_tool(peer, book, std::move(request), nullptr));
  }

  async::Loop loop;
  std::shared_ptr<ScriptedServer> server;
  PeerPtr peer;
  std::shared_ptr<ToolBook> book = std::make_shared<ToolBook>();
};

TEST_F(ToolCallTest, SendsTheHeadersThatTheToolAsksFor) {
  open([](const jsonrpc::Message& m) { return m.method == "tools/list" ? tools("Region") : kDone; });
  EXPECT_TRUE(call(R"({"name":"t","arguments":{"r":"eu west"}})").ok());
  EXPECT_EQ(server->headers.back().get("Mcp-Param-Region"), "eu west");
}

TEST_F(ToolCallTest, SendsNoneForAnArgumentThatIsNotThere) {
  open([](const jsonrpc::Message& m) { return m.method == "tools/list" ? tools("Region") : kDone; });
  EXPECT_TRUE(call(R"({"name":"t"})").ok());
  EXPECT_FALSE(server->headers.back().has("Mcp-Param-Region"));
}

TEST_F(ToolCallTest, ReadsTheDeclarationsAgainWhenTheHeadersAreRefused) {
  auto lists = std::make_shared<int>(0);
  open([lists](const jsonrpc::Message& m) -> std::string {
    if (m.method == "tools/list") return tools(++*lists == 1 ? "Region" : "Zone");
    return *lists == 1 ? kMismatch : kDone;
  });
  EXPECT_TRUE(call(R"({"name":"t","arguments":{"r":"eu"}})").ok());
  EXPECT_EQ(server->headers.back().get("Mcp-Param-Zone"), "eu");
  EXPECT_FALSE(server->headers.back().has("Mcp-Param-Region"));
  EXPECT_EQ(server->count("tools/call"), 2u);
}

TEST_F(ToolCallTest, GivesTheRefusalWhenTheDeclarationsAreAsTheyWere) {
  open([](const jsonrpc::Message& m) { return m.method == "tools/list" ? tools("Region") : kMismatch; });
  Outcome outcome = call(R"({"name":"t","arguments":{"r":"eu"}})");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, jsonrpc::kHeaderMismatch);
  EXPECT_EQ(server->count("tools/call"), 1u);
}

TEST_F(ToolCallTest, GivesTheRefusalWhenTheToolIsGone) {
  auto lists = std::make_shared<int>(0);
  open([lists](const jsonrpc::Message& m) -> std::string {
    if (m.method != "tools/list") return kMismatch;
    return ++*lists == 1 ? tools("Region") : R"({"resultType":"complete","tools":[]})";
  });
  EXPECT_EQ(call(R"({"name":"t","arguments":{"r":"eu"}})").error().code, jsonrpc::kHeaderMismatch);
}

// Whether there is such a tool, the server says: its list may be another one for other clients.
TEST_F(ToolCallTest, CallsAToolThatTheServerDoesNotListWithoutHeaders) {
  open([](const jsonrpc::Message& m) -> std::string {
    if (m.method == "tools/list") return tools("Region");
    return m.name.view() == "\"hidden\"" ? kDone : R"(!{"code":-32602,"message":"Unknown tool: u"})";
  });
  EXPECT_TRUE(call(R"({"name":"hidden","arguments":{"r":"eu"}})").ok());
  EXPECT_FALSE(server->headers.back().has("Mcp-Param-Region"));
  Outcome refused = call(R"({"name":"u"})");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "Unknown tool: u");
}

TEST_F(ToolCallTest, DoesNotCallAToolWhoseHeadersAreBroken) {
  open([](const jsonrpc::Message& m) { return m.method == "tools/list" ? tools("not a token") : kDone; });
  EXPECT_TRUE(call(R"({"name":"t"})").cause());
  EXPECT_EQ(server->count("tools/call"), 0u);
}

TEST_F(ToolCallTest, UsesAToolWithABrokenHeaderWhereNoHeadersAreSent) {
  open([](const jsonrpc::Message& m) { return m.method == "tools/list" ? tools("not a token") : kDone; },
       false);
  EXPECT_TRUE(call(R"({"name":"t","arguments":{"r":"eu"}})").ok());
}

}  // namespace
}  // namespace mcp::client
