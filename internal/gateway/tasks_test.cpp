#include "internal/gateway/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/gateway/client_tasks.h"
#include "internal/server/background_tasks.h"

namespace mcp::gateway {
namespace {

using protocol::Outcome;
using testing::HasSubstr;

class FakeSession final : public server::Session {
 public:
  explicit FakeSession(std::string id) : id_(std::move(id)) {}
  const protocol::ClientView& client() const override { return client_; }
  const std::string& principal() const override { return principal_; }
  const std::string& id() const override { return id_; }
  void notify(std::string_view method, std::string_view params) override {
    heard.push_back(std::string(method) + " " + std::string(params));
  }
  Task<Outcome> ask(std::string, Bytes) override { co_return Outcome::result(std::string("{}")); }
  bool alive() const override { return true; }
  std::size_t in_flight() const override { return 0; }

  std::vector<std::string> heard;

 private:
  std::string id_;
  std::string principal_ = "local";
  protocol::ClientView client_;
};

class FakeCall final : public server::Call {
 public:
  explicit FakeCall(server::SessionPtr session, std::string_view params = R"({"name":"dig","task":{}})")
      : session_(std::move(session)),
        message_(jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(1), "tools/call", params))) {}
  const server::SessionPtr& session() const override { return session_; }
  const protocol::ClientView& client() const override { return session_->client(); }
  const jsonrpc::Message& message() const override { return message_; }
  const std::string& name() const override { return none_; }
  const std::string& uri() const override { return none_; }
  void notify(std::string_view, std::string_view) override {}
  Task<Outcome> ask(std::string, Bytes) override { co_return Outcome::result(std::string("{}")); }
  void on_cancel(std::function<void()>) override {}
  bool cancelled() const override { return false; }
  void close_stream() override {}
  void last(std::shared_ptr<server::Lasting>) override {}
  void conclude(Outcome) override {}

 private:
  server::SessionPtr session_;
  jsonrpc::Message message_;
  std::string none_;
};

std::string made(std::string_view id, std::string_view ttl = "1000") {
  return R"({"task":{"taskId":")" + std::string(id) + R"(","status":"working","ttl":)" + std::string(ttl) +
         "}}";
}

class TaskRoutesTest : public testing::Test {
 protected:
  UpstreamPtr server(const std::string& name) {
    config::ServerEntry entry;
    entry.name = name;
    entry.kind = config::ServerEntry::Kind::kBuiltin;
    return std::make_shared<Upstream>(loop, launcher, entry, "{}", std::weak_ptr<LinkEvents>());
  }
  // What the client is told.
  std::string make(const std::shared_ptr<FakeSession>& session, const UpstreamPtr& upstream,
                   const std::string& result) {
    auto call = std::make_shared<FakeCall>(session);
    return std::string(
        routes->created(call, upstream, upstream->primary(), Outcome::result(result)).raw().view());
  }
  static std::string owner(const FakeSession& session) { return server::session_task_owner(session.id()); }
  static jsonrpc::Message status(std::string_view id, std::string_view word) {
    return jsonrpc::own_message(jsonrpc::make_notification(
        "notifications/tasks/status",
        R"({"taskId":")" + std::string(id) + R"(","status":")" + std::string(word) + R"("})"));
  }

  async::Loop loop;
  FakeEnv env;
  runtime::Launcher launcher{loop, env, nullptr, nullptr, nullptr};
  std::optional<TaskRoutes> routes{std::in_place, env};
  std::shared_ptr<FakeSession> ada = std::make_shared<FakeSession>("s1");
  std::shared_ptr<FakeSession> bob = std::make_shared<FakeSession>("s2");
  UpstreamPtr one = server("one"), two = server("two");
};

TEST_F(TaskRoutesTest, ATaskIsFoundByItsOwnerUntilItExpires) {
  EXPECT_EQ(make(ada, one, made("7")), made("7"));
  ASSERT_NE(routes->find(owner(*ada), "7"), nullptr);
  EXPECT_EQ(routes->find(owner(*ada), "7")->upstream, one);
  EXPECT_EQ(routes->find(owner(*bob), "7"), nullptr);
  env.now_ms = 1'000;
  EXPECT_EQ(routes->find(owner(*ada), "7"), nullptr);
}

TEST_F(TaskRoutesTest, AnUnlimitedLifeIsRememberedForTheLongestTime) {
  TaskRouteLimits limits;
  limits.longest_ms = 50;
  routes.emplace(env, limits);
  make(ada, one, made("7", "null"));
  make(ada, one, made("8", "500"));
  env.now_ms = 49;
  EXPECT_NE(routes->find(owner(*ada), "7"), nullptr);
  EXPECT_NE(routes->find(owner(*ada), "8"), nullptr);
  env.now_ms = 50;
  EXPECT_EQ(routes->find(owner(*ada), "7"), nullptr);
  EXPECT_EQ(routes->find(owner(*ada), "8"), nullptr);
}

TEST_F(TaskRoutesTest, AnOrdinaryResultIsNoTask) {
  EXPECT_EQ(make(ada, one, R"({"content":[]})"), R"({"content":[]})");
  EXPECT_EQ(make(ada, one, R"({"task":"7"})"), R"({"task":"7"})");
  EXPECT_EQ(routes->size(), 0u);
}

TEST_F(TaskRoutesTest, OneIdOfTwoServersIsShownUnderTwo) {
  make(ada, one, made("1"));
  EXPECT_EQ(make(ada, two, made("1")), made("two__1"));
  EXPECT_EQ(make(bob, two, made("1")), made("1")) << "another client never meets the first";
  EXPECT_EQ(routes->find(owner(*ada), "two__1"), nullptr)
      << "the server made its task 1 anew, for somebody else";
}

TEST_F(TaskRoutesTest, NewsGoToTheOwnerOnly) {
  make(ada, one, made("7"));
  make(bob, one, made("8"));
  EXPECT_TRUE(routes->relay(*one->primary(), status("8", "working")));
  EXPECT_TRUE(routes->relay(*two->primary(), status("7", "working")));
  EXPECT_TRUE(routes->relay(*one->primary(), status("9", "working")));
  EXPECT_TRUE(ada->heard.empty());
  ASSERT_EQ(bob->heard.size(), 1u);
  EXPECT_THAT(bob->heard[0], HasSubstr(R"("taskId":"8")"));
}

TEST_F(TaskRoutesTest, OtherNotificationsAreNotItsAffair) {
  EXPECT_FALSE(routes->relay(*one->primary(), jsonrpc::own_message(jsonrpc::make_notification("x/y", "{}"))));
}

TEST_F(TaskRoutesTest, WithItsServerARunningTaskFailsAndAnEndedOneIsForgotten) {
  make(ada, one, made("7"));
  make(ada, one, made("8"));
  make(ada, two, made("9"));
  routes->relay(*one->primary(), status("8", "completed"));
  ada->heard.clear();
  one->primary()->stop();
  routes->link_lost(*one->primary());
  ASSERT_EQ(ada->heard.size(), 1u);
  EXPECT_THAT(ada->heard[0], HasSubstr(R"("status":"failed")"));
  EXPECT_THAT(ada->heard[0], HasSubstr("server \\\"one\\\" was lost"));
  EXPECT_TRUE(routes->find(owner(*ada), "7")->lost);
  EXPECT_EQ(routes->find(owner(*ada), "8"), nullptr);
  EXPECT_FALSE(routes->find(owner(*ada), "9")->lost);
}

TEST_F(TaskRoutesTest, AClientThatLeavesTakesItsTasksAlong) {
  make(ada, one, made("7"));
  make(bob, one, made("8"));
  routes->session_closed(*ada);
  EXPECT_EQ(routes->size(), 1u);
  EXPECT_EQ(routes->at(*one->primary(), "7"), nullptr);
  EXPECT_NE(routes->find(owner(*bob), "8"), nullptr);
}

TEST_F(TaskRoutesTest, AnIdThatIsTooLongIsRefused) {
  std::string longest(4'096, 'x');
  EXPECT_EQ(make(ada, one, made(longest)), made(longest));
  auto call = std::make_shared<FakeCall>(ada);
  auto refused = routes->created(call, one, one->primary(), Outcome::result(made(longest + "x")));
  EXPECT_FALSE(refused.ok());
}

TEST_F(TaskRoutesTest, RoomIsBounded) {
  TaskRouteLimits limits;
  limits.routes = 3;
  limits.routes_per_owner = 2;
  routes.emplace(env, limits);
  make(ada, one, made("1"));
  EXPECT_TRUE(routes->has_room(owner(*ada)));
  make(ada, one, made("2"));
  EXPECT_FALSE(routes->has_room(owner(*ada)));
  EXPECT_TRUE(routes->has_room(owner(*bob)));
  make(bob, one, made("3"));
  EXPECT_FALSE(routes->has_room(owner(*bob)));
  env.now_ms = 1'000;
  EXPECT_TRUE(routes->has_room(owner(*ada))) << "what expired makes room";
}

TEST_F(TaskRoutesTest, AreListedInTheOrderTheyWereMade) {
  for (const char* id : {"c", "a", "b"}) make(ada, one, made(id));
  bool more = false;
  auto first = routes->page(owner(*ada), 0, 2, more);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_TRUE(more);
  EXPECT_EQ(first[0]->id, "c");
  EXPECT_EQ(first[1]->id, "a");
  auto second = routes->page(owner(*ada), first[1]->position, 2, more);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_FALSE(more);
  EXPECT_EQ(second[0]->id, "b");
}

TEST(TaskIds, AreRewrittenWhereATaskIsNamedAndNowhereElse) {
  EXPECT_EQ(with_task_id(R"({"task":{"taskId":"1","x":"1"},"y":"1"})", "1", "b__1"),
            R"({"task":{"taskId":"b__1","x":"1"},"y":"1"})");
  EXPECT_EQ(with_task_id(R"({"taskId":"1","result":{"taskId":"1"}})", "1", "b"),
            R"({"taskId":"b","result":{"taskId":"1"}})");
  EXPECT_EQ(with_task_id(R"({"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1"}}})",
                         "1", "b"),
            R"({"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"b"}}})");
  EXPECT_EQ(with_task_id(R"({"taskId":"2"})", "1", "b"), R"({"taskId":"2"})");
}

TEST_F(TaskRoutesTest, AServerReachesOnlyTheTasksItHadItsClientMake) {
  auto question = [](std::string_view method, std::string_view params) {
    return jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(1), method, params));
  };
  Link& link = *one->primary();
  auto asking = question("elicitation/create", R"({"message":"?","task":{"ttl":1}})");
  EXPECT_FALSE(refuse_task_question(link, asking));
  note_client_task(link, asking, Outcome::result(made("c1")));
  auto get = question("tasks/get", R"({"taskId":"c1"})");
  EXPECT_FALSE(refuse_task_question(link, get));
  EXPECT_EQ(refuse_task_question(*two->primary(), get)->error().code, jsonrpc::kInvalidParams);
  EXPECT_EQ(refuse_task_question(link, question("tasks/list", "{}"))->error().code, jsonrpc::kMethodNotFound);
  EXPECT_TRUE(concerns(link, status("c1", "working")));
  EXPECT_FALSE(concerns(*two->primary(), status("c1", "working")));
}

TEST_F(TaskRoutesTest, AClientsTaskCapabilityIsToldWithoutItsList) {
  auto said = protocol::parse_client_capabilities(
      R"({"tasks":{"list":{},"cancel":{},"requests":{"elicitation":{"create":{}}}}})");
  EXPECT_EQ(told_task_capability(*said), R"({"cancel":{},"requests":{"elicitation":{"create":{}}}})");
  EXPECT_EQ(told_task_capability({}), "");
}

}  // namespace
}  // namespace mcp::gateway
