// What one server may make its client hold, and what the client may tell of a request that failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/async/slot.h"
#include "internal/base/log.h"
#include "internal/client/listing.h"
#include "internal/client/scripted_server.h"

namespace mcp::client {
namespace {

constexpr async::Millis kPatience{5'000};

// Holds every question back until release().
struct SlowEvents final : PeerEvents {
  explicit SlowEvents(async::Loop& loop) : loop_(loop) {}

  Task<Outcome> asked(jsonrpc::Message, std::optional<jsonrpc::Id>) override {
    held.emplace_back(loop_);
    return answer(held.back());
  }
  void notified(const jsonrpc::Message&) override {}
  void closed(Error) override {}

  static Task<Outcome> answer(async::Slot<bool> slot) {
    auto released = co_await slot.get();
    (void)released;
    co_return Outcome::result(std::string("{}"));
  }

  std::vector<async::Slot<bool>> held;

 private:
  async::Loop& loop_;
};

class PeerLimits : public testing::Test {
 protected:
  PeerLimits() {
    auto [ours, theirs] = transport::make_channel_pair(loop);
    server = std::make_shared<ScriptedServer>(
        theirs, [this](const jsonrpc::Message& message) { return script ? script(message) : std::string(); });
    server->start();
    peer = Peer::create(loop, ours, Identity{}, events);
  }
  void ask(int id) {
    server->send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"roots/list"})");
  }
  static Request call() {
    Request request;
    request.method = "tools/call";
    return request;
  }
  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }

  async::Loop loop;
  ScriptedServer::Script script;
  std::shared_ptr<SlowEvents> events = std::make_shared<SlowEvents>(loop);
  std::shared_ptr<ScriptedServer> server;
  PeerPtr peer;
};

TEST_F(PeerLimits, OneUnansweredQuestionTooManyIsRefusedAndTheOthersAreNot) {
  int limit = static_cast<int>(Peer::kMaxQuestions);
  for (int id = 1; id <= limit; ++id) ask(id);
  ASSERT_TRUE(wait([&] { return events->held.size() == Peer::kMaxQuestions; }));
  EXPECT_TRUE(server->seen.empty());

  ask(limit + 1);
  ASSERT_TRUE(wait([&] { return !server->seen.empty(); }));
  EXPECT_EQ(server->seen[0].kind, jsonrpc::Kind::kError);
  EXPECT_EQ(server->seen[0].id->raw(), std::to_string(limit + 1));
  EXPECT_EQ(events->held.size(), Peer::kMaxQuestions);

  events->held[0].set(true);
  ASSERT_TRUE(wait([&] { return server->seen.size() == 2; }));
  ask(limit + 2);  // one has been answered: there is room again
  ASSERT_TRUE(wait([&] { return events->held.size() == Peer::kMaxQuestions + 1; }));
  for (auto& slot : events->held) slot.set(true);
  EXPECT_TRUE(wait([&] { return server->seen.size() == Peer::kMaxQuestions + 2; }));
}

TEST_F(PeerLimits, ARequestToAConnectionThatIsGoneWasNotSent) {
  std::optional<Outcome> outcome;
  peer->close();
  peer->start(call(), [&](Outcome ended) { outcome = std::move(ended); });
  ASSERT_TRUE(wait([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->is_unsent());
}

TEST_F(PeerLimits, ARequestThatAServerTookWithItWasSent) {
  std::optional<Outcome> outcome;
  peer->start(call(), [&](Outcome ended) { outcome = std::move(ended); });
  ASSERT_TRUE(wait([&] { return !server->seen.empty(); }));
  server->hang_up();
  ASSERT_TRUE(wait([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->cause());
  EXPECT_FALSE(outcome->is_unsent());
}

// 2025-11-25 lifecycle, "Timeouts". Which clock ran out is told by its error.
struct TimedCall : PeerLimits {
  // Calls with these limits; the server reports progress once, a moment later, and no more.
  Outcome end_of(async::Millis timeout, async::Millis longest) {
    Request request = call();
    request.timeout = timeout;
    request.longest = longest;
    request.on_progress = [this](const jsonrpc::Message&) { ++reports; };
    std::optional<Outcome> outcome;
    auto ticket = peer->start(std::move(request), [&](Outcome ended) { outcome = std::move(ended); });
    loop.run_until([] { return false; }, async::Millis(20));
    server->send(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
                 ticket->id().raw() + R"(,"progress":1}})");
    EXPECT_TRUE(wait([&] { return outcome.has_value(); }));
    EXPECT_EQ(reports, 1);
    EXPECT_TRUE(wait([&] { return server->count("notifications/cancelled") == 1; }));
    return outcome ? *outcome : Outcome::result(std::string("{}"));
  }
  int reports = 0;
};

TEST_F(TimedCall, ProgressBeginsItsTimeAnew) {
  Outcome outcome = end_of(async::Millis(300), async::Millis(60'000));
  ASSERT_TRUE(outcome.cause());
  EXPECT_EQ(outcome.cause()->code, ErrorCode::kTimeout);
  EXPECT_EQ(outcome.cause()->message, "tools/call: no answer and no progress within 300 ms");
}

TEST_F(TimedCall, ProgressDoesNotHelpBeyondTheLongestTime) {
  Outcome outcome = end_of(async::Millis(300), async::Millis(310));
  ASSERT_TRUE(outcome.cause());
  EXPECT_EQ(outcome.cause()->message, "tools/call: not finished within 310 ms");
}

TEST_F(TimedCall, WithoutALongestTimeProgressChangesNothing) {
  Outcome outcome = end_of(async::Millis(300), async::Millis(0));
  ASSERT_TRUE(outcome.cause());
  EXPECT_EQ(outcome.cause()->message, "tools/call: no answer within 300 ms");
}

Task<void> read_into(PeerPtr peer, std::optional<Result<WholeList>>* out) {
  auto reading = read_list(peer, "tools/list");
  out->emplace(co_await std::move(reading));
}

TEST_F(PeerLimits, AListIsAsFreshAsItsStrictestPage) {
  script = [](const jsonrpc::Message& message) -> std::string {
    if (message.params.view() == "{}")
      return R"({"tools":[{"name":"a"}],"nextCursor":"x","ttlMs":9000,"cacheScope":"public"})";
    return R"({"tools":[{"name":"b"}],"ttlMs":50,"cacheScope":"private"})";
  };
  std::optional<Result<WholeList>> list;
  loop.spawn(read_into(peer, &list));
  ASSERT_TRUE(wait([&] { return list.has_value(); }));
  ASSERT_TRUE(*list);
  EXPECT_EQ((*list)->items.size(), 2u);
  EXPECT_EQ((*list)->freshness, (protocol::Freshness{50, protocol::Freshness::Scope::kPrivate}));
}

TEST_F(PeerLimits, AListThatTheServerDoesNotHaveIsTold) {
  script = [](const jsonrpc::Message&) { return R"(!{"code":-32601,"message":"Method not found"})"; };
  std::optional<Result<WholeList>> list;
  loop.spawn(read_into(peer, &list));
  ASSERT_TRUE(wait([&] { return list.has_value(); }));
  EXPECT_EQ(list->error().code, ErrorCode::kUnsupported);
}

// A server that says nothing but what its test makes it say.
struct BabblingChannel final : transport::Channel {
  void start(std::weak_ptr<transport::Listener> to) override { listener = std::move(to); }
  Result<void> send(transport::Envelope) override { return {}; }
  void close() override {}
  void babble(int lines) {
    auto ear = listener.lock();
    Error why{ErrorCode::kProtocol, "not JSON", {}};
    for (int i = 0; i < lines; ++i) ear->on_undecodable(Bytes::copy("drivel"), why);
  }

  std::weak_ptr<transport::Listener> listener;
};

TEST(PeerGarbage, FillsNoLogAndIsCounted) {
  async::Loop loop;
  auto channel = std::make_shared<BabblingChannel>();
  Identity who;
  who.server = "s";
  auto peer = Peer::create(loop, channel, who, {});
  testing::internal::CaptureStderr();
  channel->babble(Peer::kGarbageLinesPerSecond);
  std::string within = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(within.begin(), within.end(), '\n'), Peer::kGarbageLinesPerSecond);

  testing::internal::CaptureStderr();
  channel->babble(1000);
  peer->close();
  std::string beyond = testing::internal::GetCapturedStderr();
  EXPECT_LT(std::count(beyond.begin(), beyond.end(), '\n'), 500);
  EXPECT_THAT(beyond, testing::HasSubstr("server sent more that is no message"));
  EXPECT_THAT(beyond, testing::HasSubstr("server=s"));
}

}  // namespace
}  // namespace mcp::client
