#include "internal/server/listen.h"

#include <gtest/gtest.h>

#include "internal/server/test_peer.h"

namespace mcp::server {
namespace {

// Agrees to everything and keeps what is open.
class Listening final : public Backend {
 public:
  Task<Offer> offer(SessionPtr) override { co_return Offer(); }
  const std::string& server_info() const override { return info_; }
  Task<Outcome> handle(CallPtr call) override {
    auto filter = protocol::read_listen(call->params().view());
    listens.push_back(Listen::open(call, *filter));
    co_return Outcome::later();
  }
  void notified(SessionPtr, const jsonrpc::Message&) override {}

  std::vector<std::shared_ptr<Listen>> listens;

 private:
  std::string info_ = R"({"name":"l","version":"1"})";
};

class ListenTest : public testing::Test {
 protected:
  void TearDown() override {
    peer.hang_up();
    backend->listens.clear();
  }
  Value open(std::string_view id) {
    return peer.ask(
        modern(id, "subscriptions/listen",
               R"(,"notifications":{"toolsListChanged":true,"resourceSubscriptions":["x://a"]})"));
  }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  std::shared_ptr<Listening> backend = std::make_shared<Listening>();
  TestPeer peer{loop, [this](async::Loop&) { return backend; }};
};

const char kSubscription[] = "io.modelcontextprotocol/subscriptionId";

TEST_F(ListenTest, IsAcknowledgedFirstWithTheAgreedFilter) {
  Value ack = open("7");
  EXPECT_EQ(ack["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(ack["params"]["notifications"],
            json::parse(R"({"toolsListChanged":true,"resourceSubscriptions":["x://a"]})").value());
}

TEST_F(ListenTest, TagsWithTheIdAndItsType) {
  EXPECT_EQ(open("7")["params"]["_meta"][kSubscription], 7);
  EXPECT_EQ(open("\"7\"")["params"]["_meta"][kSubscription], "7");
}

TEST_F(ListenTest, WantsWhatWasAgreed) {
  open("7");
  const auto& listen = *backend->listens[0];
  EXPECT_TRUE(listen.wants("notifications/tools/list_changed"));
  EXPECT_FALSE(listen.wants("notifications/prompts/list_changed"));
  EXPECT_FALSE(listen.wants("notifications/resources/list_changed"));
  EXPECT_TRUE(listen.wants("notifications/resources/updated", "x://a"));
  EXPECT_FALSE(listen.wants("notifications/resources/updated", "x://b"));
  EXPECT_FALSE(listen.wants("notifications/progress"));
}

TEST_F(ListenTest, KeepsTheParamsItEmits) {
  open("7");
  backend->listens[0]->emit("notifications/resources/updated", R"({"uri":"x://a","_meta":{"v":1}})");
  Value emitted = peer.next();
  EXPECT_EQ(emitted["params"]["uri"], "x://a");
  EXPECT_EQ(emitted["params"]["_meta"]["v"], 1);
  EXPECT_EQ(emitted["params"]["_meta"][kSubscription], 7);
}

TEST_F(ListenTest, EndsWithATaggedResultAndSaysNothingAfterwards) {
  open("7");
  backend->listens[0]->end();
  backend->listens[0]->emit("notifications/tools/list_changed", {});
  Value closing = peer.next();
  EXPECT_EQ(closing["id"], 7);
  EXPECT_EQ(closing["result"]["resultType"], "complete");
  EXPECT_EQ(closing["result"]["_meta"][kSubscription], 7);
  EXPECT_TRUE(backend->listens[0]->over());
  peer.settle();
  EXPECT_EQ(peer.received(), 2u);
}

TEST_F(ListenTest, IsOverWhenTheClientCancels) {
  open("7");
  peer.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(peer.wait([this] { return backend->listens[0]->over(); }));
  peer.settle();
  EXPECT_EQ(peer.received(), 1u);
}

TEST_F(ListenTest, IsAnsweredWhenTheConnectionIsAboutToEnd) {
  open("7");
  dynamic_cast<transport::Listener&>(*peer.session()).on_ending();
  Value closing = peer.next();
  EXPECT_EQ(closing["id"], 7);
  EXPECT_EQ(closing["result"]["resultType"], "complete");
  EXPECT_EQ(closing["result"]["_meta"][kSubscription], 7);
  EXPECT_TRUE(backend->listens[0]->over());
  EXPECT_EQ(peer.session()->in_flight(), 0u);
  peer.settle();
  EXPECT_EQ(peer.received(), 2u) << "answered once";
}

TEST_F(ListenTest, OpenedWhenTheEndIsNearIsAnsweredAtOnce) {
  dynamic_cast<transport::Listener&>(*peer.session()).on_ending();
  EXPECT_EQ(open("7")["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(peer.next()["id"], 7);
}

TEST_F(ListenTest, IsAnsweredWhenTheSessionIsClosed) {
  open("7");
  peer.session()->close();
  EXPECT_EQ(peer.next()["id"], 7);
}

TEST_F(ListenTest, SeveralLiveBesideEachOther) {
  open("7");
  open("8");
  backend->listens[0]->end();
  EXPECT_EQ(peer.next()["id"], 7);
  backend->listens[1]->emit("notifications/tools/list_changed", {});
  EXPECT_EQ(peer.next()["params"]["_meta"][kSubscription], 8);
}

}  // namespace
}  // namespace mcp::server
