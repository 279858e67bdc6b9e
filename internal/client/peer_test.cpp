#include "internal/client/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/client/connect.h"
#include "internal/client/input_rounds.h"
#include "internal/client/listing.h"
#include "internal/client/scripted_server.h"

namespace mcp::client {
namespace {

using testing::HasSubstr;

constexpr async::Millis kPatience{5'000};
constexpr const char* kHello =
    R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})";
constexpr const char* kDiscovered =
    R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"})";
constexpr const char* kOffered =
    R"(!{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28"],"requested":"2026-07-28"}})";
constexpr const char* kUnknownMethod = R"(!{"code":-32601,"message":"Method not found"})";

struct Events final : PeerEvents {
  Task<Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id>) override {
    questions.push_back(question.method);
    co_return Outcome::result(answer);
  }
  void notified(const jsonrpc::Message& message) override { notifications.push_back(message.method); }
  void troubled(Error why) override { troubles.push_back(why.message); }
  void missed() override { ++misses; }
  void closed(Error why) override { closed_with = why.message; }

  std::vector<std::string> questions;
  std::vector<std::string> notifications;
  std::vector<std::string> troubles;
  int misses = 0;
  std::string closed_with;
  std::string answer = R"({"action":"accept"})";
};

class PeerTest : public testing::Test {
 protected:
  void open(ScriptedServer::Script script) {
    auto [ours, theirs] = transport::make_channel_pair(loop);
    server = std::make_shared<ScriptedServer>(theirs, std::move(script));
    server->start();
    peer = Peer::create(loop, ours, identity, events);
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
  void settle() {
    loop.run_until([] { return false; }, async::Millis{20});
  }

  ConnectOptions options(EraChoice era = EraChoice::kAuto) {
    ConnectOptions wanted;
    wanted.era = era;
    wanted.identity = identity;
    wanted.events = events;
    wanted.probe_timeout = async::Millis{50};
    wanted.one_channel = true;
    return wanted;
  }
  // Each opening makes a fresh scripted server of the same script.
  Opener opener(ScriptedServer::Script script) {
    return [this, script](protocol::Era) -> Task<Result<transport::ChannelPtr>> {
      return open_one(this, script);
    };
  }
  static Task<Result<transport::ChannelPtr>> open_one(PeerTest* test, ScriptedServer::Script script) {
    ++test->opened;
    auto [ours, theirs] = transport::make_channel_pair(test->loop);
    test->server = std::make_shared<ScriptedServer>(theirs, std::move(script));
    test->server->start();
    co_return ours;
  }

  async::Loop loop;
  Identity identity{R"({"name":"t","version":"1"})", {}};
  std::shared_ptr<Events> events = std::make_shared<Events>();
  std::shared_ptr<ScriptedServer> server;
  PeerPtr peer;
  int opened = 0;
};

TEST_F(PeerTest, InitializesAndSaysSo) {
  open([](const jsonrpc::Message&) { return kHello; });
  auto view = run(peer->initialize(protocol::kLatestLegacy, kPatience));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->revision, protocol::Revision::k2025_06_18);
  EXPECT_TRUE(view->capabilities.tools);
  settle();
  EXPECT_EQ(server->count("notifications/initialized"), 1u);
}

TEST_F(PeerTest, RefusesAServerWithAVersionItDoesNotKnow) {
  open([](const jsonrpc::Message&) {
    return R"({"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"s","version":"1"}})";
  });
  auto view = run(peer->initialize(protocol::kLatestLegacy, kPatience));
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, ErrorCode::kUnsupported);
}

TEST_F(PeerTest, CarriesItsMetadataInEveryModernRequest) {
  open([](const jsonrpc::Message& m) {
    return m.method == "server/discover" ? kDiscovered : R"({"tools":[],"resultType":"complete"})";
  });
  ASSERT_TRUE(run(peer->discover(kPatience)));
  Request request;
  request.method = "tools/list";
  EXPECT_TRUE(run(peer->request(std::move(request))).ok());
  EXPECT_THAT(std::string(server->seen.back().meta.view()),
              HasSubstr("io.modelcontextprotocol/protocolVersion\":\"2026-07-28"));
  EXPECT_THAT(std::string(server->seen.back().meta.view()), HasSubstr("clientCapabilities"));
}

TEST_F(PeerTest, GivesTheErrorOfTheServerAsItIs) {
  open([](const jsonrpc::Message&) { return R"(!{"code":-32002,"message":"gone","data":{"uri":"a:b"}})"; });
  Request request;
  request.method = "resources/read";
  Outcome outcome = run(peer->request(std::move(request)));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, -32002);
  EXPECT_EQ(outcome.error().data, R"({"uri":"a:b"})");
  EXPECT_FALSE(outcome.cause());
}

TEST_F(PeerTest, FailsEveryRunningRequestAtOnceWhenTheServerGoes) {
  open([](const jsonrpc::Message&) { return ""; });
  int failed = 0;
  for (int i = 0; i < 3; ++i) {
    Request request;
    request.method = "tools/call";
    peer->start(std::move(request), [&](Outcome outcome) { failed += outcome.cause() ? 1 : 0; });
  }
  EXPECT_EQ(peer->in_flight(), 3u);
  settle();
  server->hang_up();
  ASSERT_TRUE(loop.run_until([&] { return failed == 3; }, kPatience));
  EXPECT_FALSE(peer->open());
  EXPECT_FALSE(events->closed_with.empty());
}

TEST_F(PeerTest, AnswersARequestAfterTheEndWithAnError) {
  open([](const jsonrpc::Message&) { return ""; });
  peer->close();
  Request request;
  request.method = "tools/list";
  Outcome outcome = run(peer->request(std::move(request)));
  EXPECT_EQ(outcome.cause()->code, ErrorCode::kUnavailable);
}

TEST_F(PeerTest, CancelsWithANotificationAndIgnoresTheLateAnswer) {
  open([](const jsonrpc::Message&) { return ""; });
  std::vector<ErrorCode> ends;
  Request request;
  request.method = "tools/call";
  auto ticket =
      peer->start(std::move(request), [&](Outcome outcome) { ends.push_back(outcome.cause()->code); });
  ticket->cancel("enough");
  ASSERT_TRUE(loop.run_until([&] { return !ends.empty(); }, kPatience));
  settle();
  EXPECT_EQ(server->count("notifications/cancelled"), 1u);
  server->send("{\"jsonrpc\":\"2.0\",\"id\":" + ticket->id().raw() + ",\"result\":{}}");
  settle();
  EXPECT_EQ(ends, std::vector<ErrorCode>{ErrorCode::kCancelled});
}

TEST_F(PeerTest, NeverCancelsInitializeByNotification) {
  open([](const jsonrpc::Message&) { return ""; });
  auto view = run(peer->initialize(protocol::kLatestLegacy, async::Millis{20}));
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(view.error().message, "initialize: no answer within 20 ms");
  settle();
  EXPECT_EQ(server->count("notifications/cancelled"), 0u);
}

TEST_F(PeerTest, TimesOutAndTellsTheServer) {
  open([](const jsonrpc::Message&) { return ""; });
  Request request;
  request.method = "tools/call";
  request.timeout = async::Millis{10};
  Outcome outcome = run(peer->request(std::move(request)));
  EXPECT_EQ(outcome.cause()->code, ErrorCode::kTimeout);
  settle();
  EXPECT_EQ(server->count("notifications/cancelled"), 1u);
}

TEST_F(PeerTest, RoutesProgressByItsToken) {
  open([](const jsonrpc::Message&) { return ""; });
  std::vector<std::string> first, second;
  for (auto* reports : {&first, &second}) {
    Request request;
    request.method = "tools/call";
    request.on_progress = [reports](const jsonrpc::Message& m) {
      reports->push_back(std::string(m.params.view()));
    };
    peer->start(std::move(request), [](Outcome) {});
  }
  settle();
  std::string token(server->seen[1].progress_token.view());
  server->send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":" +
               token + ",\"progress\":1}}");
  ASSERT_TRUE(loop.run_until([&] { return !second.empty(); }, kPatience));
  EXPECT_TRUE(first.empty());
}

TEST_F(PeerTest, AnswersPingByItself) {
  open([](const jsonrpc::Message&) { return ""; });
  server->send(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  ASSERT_TRUE(loop.run_until([&] { return !server->seen.empty(); }, kPatience));
  EXPECT_EQ(server->seen[0].bytes.view(), R"({"jsonrpc":"2.0","id":"p","result":{}})");
  EXPECT_TRUE(events->questions.empty());
}

TEST_F(PeerTest, PutsQuestionsToItsOwnerAndSendsTheAnswer) {
  open([](const jsonrpc::Message&) { return ""; });
  server->send(R"({"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":"?"}})");
  ASSERT_TRUE(loop.run_until([&] { return !server->seen.empty(); }, kPatience));
  EXPECT_EQ(server->seen[0].bytes.view(), R"({"jsonrpc":"2.0","id":9,"result":{"action":"accept"}})");
}

TEST_F(PeerTest, IgnoresAnAnswerToNothing) {
  open([](const jsonrpc::Message&) { return ""; });
  server->send(R"({"jsonrpc":"2.0","id":77,"result":{}})");
  settle();
  EXPECT_TRUE(peer->open());
}

TEST_F(PeerTest, ListsToTheFixpointAndTakesAnEmptyCursorForACursor) {
  open([](const jsonrpc::Message& m) -> std::string {
    std::string params(m.params.view());
    if (params == "{}") return R"({"tools":[{"name":"a"}],"nextCursor":""})";
    if (params == R"({"cursor":""})") return R"({"tools":[{"name":"b"}],"nextCursor":"x"})";
    return R"({"tools":[{"name":"c"}]})";
  });
  auto items = run(list_all(peer, "tools/list"));
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), 3u);
}

TEST_F(PeerTest, StopsAtACursorThatComesTwice) {
  open([](const jsonrpc::Message&) { return R"({"tools":[],"nextCursor":"x"})"; });
  auto items = run(list_all(peer, "tools/list"));
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().code, ErrorCode::kProtocol);
}

TEST_F(PeerTest, StopsAtTheLimitOfItems) {
  open([](const jsonrpc::Message&) { return R"({"tools":[{"name":"a"},{"name":"b"}]})"; });
  ListLimits limits;
  limits.max_items = 2;
  EXPECT_TRUE(run(list_all(peer, "tools/list", limits)));
  limits.max_items = 1;
  EXPECT_EQ(run(list_all(peer, "tools/list", limits)).error().code, ErrorCode::kLimit);
}

TEST_F(PeerTest, ConnectsModernWhereTheServerDiscovers) {
  auto connected = run(connect(loop, opener([](const jsonrpc::Message&) { return kDiscovered; }), options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ((*connected)->server().era(), protocol::Era::kModern);
}

TEST_F(PeerTest, FallsBackOnTheSameChannelWhenTheProbeIsRefused) {
  auto connected = run(connect(loop, opener([](const jsonrpc::Message& m) {
                                 return m.method == "initialize" ? kHello : kUnknownMethod;
                               }),
                               options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ((*connected)->server().era(), protocol::Era::kLegacy);
  EXPECT_EQ(opened, 1);
}

TEST_F(PeerTest, GoesOnWithTheSameChannelWhenTheProbeMeetsSilence) {
  auto script = [](const jsonrpc::Message& m) { return m.method == "initialize" ? kHello : ""; };
  auto connected = run(connect(loop, opener(script), options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ(opened, 1);
}

TEST_F(PeerTest, AsksAModernServerOnceMoreThatWasStillStartingDuringTheProbe) {
  int probes = 0;
  auto script = [&probes](const jsonrpc::Message& m) -> std::string {
    if (m.method == "server/discover") return ++probes == 1 ? "" : kDiscovered;
    return R"(!{"code":-32022,"message":"modern","data":{"supported":["2026-07-28"],"requested":"2025-11-25"}})";
  };
  auto connected = run(connect(loop, opener(script), options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ((*connected)->server().era(), protocol::Era::kModern);
  EXPECT_EQ(opened, 1);
}

TEST_F(PeerTest, TakesAFreshChannelWhenTheProbeLeftTheServerStuck) {
  auto script = [this](const jsonrpc::Message& m) {
    return opened == 2 && m.method == "initialize" ? kHello : "";
  };
  auto connected = run(connect(loop, opener(script), options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ(opened, 2);
}

TEST_F(PeerTest, StaysModernWhenAModernErrorSaysSo) {
  auto connected = run(connect(
      loop, opener([](const jsonrpc::Message&) {
        return R"(!{"code":-32022,"message":"no","data":{"supported":["2099-01-01"],"requested":"2026-07-28"}})";
      }),
      options()));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(server->count("initialize"), 0u);
}

TEST_F(PeerTest, AsksOnceMoreWhenTheRefusalOffersItsOwnVersion) {
  auto refusals = std::make_shared<int>(0);
  auto connected = run(connect(loop, opener([refusals](const jsonrpc::Message&) -> std::string {
                                 return ++*refusals == 1 ? kOffered : kDiscovered;
                               }),
                               options()));
  ASSERT_TRUE(connected);
  EXPECT_EQ((*connected)->server().era(), protocol::Era::kModern);
  EXPECT_EQ(server->count("server/discover"), 2u);
  EXPECT_EQ(server->seen[0].meta.view(), server->seen[1].meta.view());
  EXPECT_EQ(opened, 1);
}

TEST_F(PeerTest, DoesNotAskAThirdTime) {
  auto connected = run(connect(loop, opener([](const jsonrpc::Message&) { return kOffered; }), options()));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(server->count("server/discover"), 2u);
  EXPECT_EQ(server->count("initialize"), 0u);
}

TEST_F(PeerTest, NamesWhatTheServerSpeaksWhenNoVersionIsCommon) {
  auto connected = run(
      connect(loop, opener([](const jsonrpc::Message&) {
                return R"(!{"code":-32022,"message":"no","data":{"supported":["2099-01-01","2025-06-18"]}})";
              }),
              options()));
  ASSERT_FALSE(connected);
  EXPECT_THAT(connected.error().message, HasSubstr("2099-01-01, 2025-06-18"));
  EXPECT_THAT(connected.error().hint, HasSubstr("2026-07-28"));
  EXPECT_THAT(connected.error().hint, HasSubstr("legacy"));
}

TEST_F(PeerTest, TreatsARefusalThatOffersNothingAsModern) {
  for (const char* refusal :
       {R"(!{"code":-32022,"message":"no"})", R"(!{"code":-32022,"message":"no","data":7})",
        R"(!{"code":-32022,"message":"no","data":{"supported":"2026-07-28"}})"}) {
    auto connected =
        run(connect(loop, opener([refusal](const jsonrpc::Message&) { return refusal; }), options()));
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(server->count("server/discover"), 1u);
    EXPECT_EQ(server->count("initialize"), 0u);
  }
}

TEST_F(PeerTest, RefusesADiscoveryWithoutItsVersion) {
  auto connected = run(connect(
      loop, opener([](const jsonrpc::Message&) {
        return R"({"resultType":"complete","supportedVersions":["2099-01-01"],"capabilities":{},"ttlMs":0,"cacheScope":"private"})";
      }),
      options()));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(connected.error().message, HasSubstr("2099-01-01"));
}

TEST_F(PeerTest, BelievesThatAServerWithoutDiscoverIsModernWhenToldSoAndAsksItForEverything) {
  auto script = [](const jsonrpc::Message& m) {
    return m.method == "tools/list" ? R"({"resultType":"complete","tools":[]})" : kUnknownMethod;
  };
  auto connected = run(connect(loop, opener(script), options(EraChoice::kModern)));
  ASSERT_TRUE(connected);
  const ServerView& view = (*connected)->server();
  EXPECT_EQ(view.era(), protocol::Era::kModern);
  EXPECT_FALSE(view.declared);
  EXPECT_TRUE(view.capabilities.tools && view.capabilities.prompts && view.capabilities.resources);
}

TEST_F(PeerTest, BelievesAModernServerWithoutDiscoverAndTools) {
  auto connected = run(connect(loop, opener([](const jsonrpc::Message&) { return kUnknownMethod; }),
                               options(EraChoice::kModern)));
  ASSERT_TRUE(connected);
  EXPECT_EQ((*connected)->server().era(), protocol::Era::kModern);
}

TEST_F(PeerTest, DoesNotBelieveThatAnOlderServerIsModern) {
  auto script = [](const jsonrpc::Message& m) {
    return m.method == "tools/list" ? R"({"tools":[]})" : kUnknownMethod;
  };
  auto connected = run(connect(loop, opener(script), options(EraChoice::kModern)));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(connected.error().hint, HasSubstr("auto"));
}

TEST_F(PeerTest, BelievesNoOtherAnswerToDiscoverThanThatThereIsNone) {
  for (const char* answer :
       {R"(!{"code":-32600,"message":"Invalid Request"})", R"(!{"code":-32602,"message":"no"})",
        R"(!{"code":-32000,"message":"Server not initialized"})", "{}", R"({"tools":[]})"}) {
    auto connected = run(connect(loop, opener([answer](const jsonrpc::Message&) { return answer; }),
                                 options(EraChoice::kModern)));
    ASSERT_FALSE(connected) << answer;
    EXPECT_EQ(server->count("tools/list"), 0u);
  }
}

// A channel that reports what it is told to.
struct Reporter final : transport::Channel {
  void start(std::weak_ptr<transport::Listener> to) override { listener = std::move(to); }
  Result<void> send(transport::Envelope) override { return {}; }
  void close() override {}
  std::weak_ptr<transport::Listener> listener;
};

TEST_F(PeerTest, TellsWhenTheStreamOfTheServersOwnMessagesIsAwayAndWhenItIsBack) {
  auto channel = std::make_shared<Reporter>();
  peer = Peer::create(loop, channel, identity, events);
  auto listener = channel->listener.lock();
  Error why{ErrorCode::kUnavailable, "refused", {}};
  listener->on_stream_closed(std::nullopt, transport::ClosedBy::kUs, why);
  EXPECT_TRUE(events->troubles.empty());
  listener->on_stream_closed(std::nullopt, transport::ClosedBy::kFault, why);
  EXPECT_EQ(events->troubles, std::vector<std::string>{"refused"});
  EXPECT_TRUE(peer->open());
  listener->on_missed();
  EXPECT_EQ(events->misses, 1);
}

// What `cat` does.
struct Echo final : transport::Listener {
  explicit Echo(transport::ChannelPtr from) : channel(std::move(from)) {}
  void on_message(transport::Envelope envelope) override { (void)channel->send(std::move(envelope)); }
  void on_undecodable(Bytes, Error) override {}
  void on_closed(Error) override {}
  transport::ChannelPtr channel;
};

Task<Result<transport::ChannelPtr>> open_echo(async::Loop& loop, std::vector<std::shared_ptr<Echo>>* all) {
  auto [ours, theirs] = transport::make_channel_pair(loop);
  all->push_back(std::make_shared<Echo>(theirs));
  theirs->start(all->back());
  co_return ours;
}

TEST_F(PeerTest, NamesAProgramThatSendsBackWhatItIsSent) {
  std::vector<std::shared_ptr<Echo>> echoes;
  Opener opener = [this, &echoes](protocol::Era) { return open_echo(loop, &echoes); };
  for (EraChoice era : {EraChoice::kModern, EraChoice::kAuto, EraChoice::kLegacy}) {
    auto connected = run(connect(loop, opener, options(era)));
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().code, ErrorCode::kProtocol);
    EXPECT_THAT(connected.error().message, HasSubstr("sends back what it is sent"));
  }
}

TEST_F(PeerTest, AnswersInputRequiredWithTheStateByteForByte) {
  open([](const jsonrpc::Message& m) -> std::string {
    if (m.method == "server/discover") return kDiscovered;
    if (m.params.view().find("inputResponses") == std::string_view::npos) {
      return R"({"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{"message":"?"}}},"requestState":"s\u0041 t"})";
    }
    return R"({"resultType":"complete","content":[]})";
  });
  ASSERT_TRUE(run(peer->discover(kPatience)));
  Request request;
  request.method = "tools/call";
  request.params = Bytes::copy(R"({"name":"t","arguments":{"n":123456789012345678901}})");
  Outcome outcome = run(complete_request(peer, std::move(request), events));
  ASSERT_TRUE(outcome.ok());
  std::string params(server->seen.back().params.view());
  EXPECT_THAT(params, HasSubstr(R"("inputResponses":{"k":{"action":"accept"}})"));
  EXPECT_THAT(params, HasSubstr(R"("requestState":"s\u0041 t")"));
  EXPECT_THAT(params, HasSubstr("123456789012345678901"));
}

TEST_F(PeerTest, RefusesAResultTypeNobodyKnows) {
  open([](const jsonrpc::Message& m) -> std::string {
    return m.method == "server/discover" ? kDiscovered : R"({"resultType":"later"})";
  });
  ASSERT_TRUE(run(peer->discover(kPatience)));
  Request request;
  request.method = "tools/call";
  Outcome outcome = run(complete_request(peer, std::move(request), events));
  EXPECT_EQ(outcome.cause()->code, ErrorCode::kProtocol);
}

}  // namespace
}  // namespace mcp::client
