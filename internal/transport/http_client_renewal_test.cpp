// A server that forgets sessions, and what its client makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/test_client.h"
#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kVersion = "2025-11-25";

// One that keeps sessions until it is told to forget them.
struct ForgetfulServer {
  ForgetfulServer() {
    server.handler.on_handle = [this](http::ExchangePtr exchange) { handle(*exchange); };
  }

  void handle(http::Exchange& exchange) {
    const http::Request& request = exchange.request();
    std::string session(request.head.headers.get("Mcp-Session-Id"));
    if (request.head.method != "POST") return exchange.respond(not_allowed("POST"));
    auto message = *jsonrpc::Message::parse(request.body);
    log.push_back(session + " " + message.method);
    if (message.method == "initialize" && session.empty()) return initialize(exchange, message);
    if (session != current) return exchange.respond(gone());
    if (!message.is_request()) return exchange.respond(accepted());
    exchange.respond(json_answer(200, jsonrpc::make_result(*message.id, "{\"in\":\"" + session + "\"}")));
  }
  void initialize(http::Exchange& exchange, const jsonrpc::Message& message) {
    if (!greets) return exchange.respond(refusal(500, jsonrpc::kServerError, "no"));
    current = "s" + std::to_string(++made);
    auto response = json_answer(
        200, jsonrpc::make_result(*message.id, "{\"protocolVersion\":\"" + version +
                                                   "\",\"capabilities\":{},\"serverInfo\":{\"name\":\"" +
                                                   current + "\",\"version\":\"1\"}}"));
    response.headers.add("Mcp-Session-Id", current);
    exchange.respond(std::move(response));
    if (forgets_at_once) current = "none";
  }

  http::testing::TestServer server;
  std::function<http::Response()> gone = [] { return session_not_found(); };
  std::string current = "none";
  std::string version{kVersion};
  bool greets = true;
  bool forgets_at_once = false;
  int made = 0;
  std::vector<std::string> log;  // "session method" of each POST
};

struct HttpClientRenewal : testing::Test {
  ForgetfulServer remote;
  TestClient client{remote.server.loop, remote.server.port};

  HttpClientRenewal() {
    EXPECT_TRUE(client.send(TestEndpoint::request("0", "initialize", "{\"a\":1}")));
    EXPECT_TRUE(client.heard(1));
    client.channel->negotiated(protocol::Revision::k2025_11_25);
    EXPECT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
    EXPECT_TRUE(client.wait([&] { return remote.log.size() == 2; }));
    remote.log.clear();
  }
  void forget() { remote.current = "none"; }
  void call(int id) { ASSERT_TRUE(client.send(TestEndpoint::request(std::to_string(id), "tools/call"))); }
};

TEST_F(HttpClientRenewal, ARefusedRequestIsSentAgainInANewSession) {
  forget();
  call(1);
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.message(1).id, jsonrpc::Id::number(1));
  EXPECT_EQ(client.message(1).result.view(), R"({"in":"s2"})");
  EXPECT_THAT(remote.log,
              ElementsAre("s1 tools/call", " initialize", "s2 notifications/initialized", "s2 tools/call"));
  EXPECT_FALSE(client.ear->closed);
  EXPECT_THAT(client.ear->ends, IsEmpty());
  ASSERT_EQ(client.ear->renewals.size(), 1u);
  EXPECT_THAT(std::string(client.ear->renewals[0].view()), HasSubstr("\"s2\""));
}

TEST_F(HttpClientRenewal, TheNewSessionBeginsWithTheSameHandshake) {
  forget();
  call(1);
  ASSERT_TRUE(client.heard(2));
  std::vector<std::string> bodies;
  for (const auto& request : remote.server.handler.requests) {
    if (request.body.view().find("\"initialize\"") != std::string_view::npos)
      bodies.emplace_back(request.body.view());
  }
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0], bodies[1]);
  EXPECT_EQ(client.ear->messages.size(), 2u) << "its answer is no news to the owner";
}

TEST_F(HttpClientRenewal, ManyRequestsAreRefusedAndOneSessionIsBegun) {
  forget();
  for (int id = 1; id <= 20; ++id) call(id);
  ASSERT_TRUE(client.heard(21));
  EXPECT_EQ(remote.made, 2);
  EXPECT_EQ(client.ear->renewals.size(), 1u);
  for (std::size_t i = 1; i <= 20; ++i) EXPECT_EQ(client.message(i).result.view(), R"({"in":"s2"})");
}

TEST_F(HttpClientRenewal, ItCanHappenAgain) {
  for (int id = 1; id <= 3; ++id) {
    forget();
    call(id);
    ASSERT_TRUE(client.heard(static_cast<std::size_t>(id) + 1));
    EXPECT_EQ(remote.made, id + 1);
  }
}

TEST_F(HttpClientRenewal, TheOfficialServersOf2025Say400) {
  for (const char* text :
       {"Bad Request: No valid session ID provided", "Bad Request: Server not initialized"}) {
    forget();
    remote.gone = [text] { return refusal(400, jsonrpc::kServerError, text); };
    call(1);
    ASSERT_TRUE(client.heard(client.ear->messages.size() + 1)) << text;
    EXPECT_THAT(client.ear->ends, IsEmpty());
  }
  EXPECT_EQ(client.ear->renewals.size(), 2u);
}

TEST_F(HttpClientRenewal, Another400IsAnErrorLikeAnyOther) {
  forget();
  remote.gone = [] { return refusal(400, jsonrpc::kInvalidParams, "no such session type"); };
  call(1);
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.message(1).kind, jsonrpc::Kind::kError);
  EXPECT_EQ(remote.made, 1);
}

// An answer of the old session that comes late and names it must not be taken for the new one's.
TEST_F(HttpClientRenewal, ALateAnswerOfTheOldSessionChangesNothing) {
  http::ExchangePtr late, greeting;
  remote.server.handler.on_handle = [&](http::ExchangePtr exchange) {
    bool slow = exchange->request().body.view().find("slow") != std::string_view::npos;
    if (slow) return void(late = std::move(exchange));
    bool opens = exchange->request().body.view().find("initialize\"") != std::string_view::npos;
    if (opens) return void(greeting = std::move(exchange));
    remote.handle(*exchange);
  };
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "slow")));
  ASSERT_TRUE(client.wait([&] { return late != nullptr; }));
  forget();
  call(2);
  ASSERT_TRUE(client.wait([&] { return greeting != nullptr; }));
  auto answer = json_answer(200, Bytes::copy(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
  answer.headers.add("Mcp-Session-Id", "s1");
  late->respond(std::move(answer));
  ASSERT_TRUE(client.heard(2));
  remote.handle(*greeting);
  ASSERT_TRUE(client.heard(3));
  EXPECT_EQ(client.message(2).result.view(), R"({"in":"s2"})");
}

// Our own endpoint, among others, opens the general stream for an event id that it never gave.
TEST_F(HttpClientRenewal, ACallWhoseStreamWasCutDoesNotWaitInTheSessionThatReplacedItsOwn) {
  std::vector<http::ExchangePtr> streams;
  auto open = [&streams](const http::ExchangePtr& exchange) {
    http::Headers headers;
    headers.add("Content-Type", "text/event-stream");
    exchange->open_stream(200, std::move(headers));
    streams.push_back(exchange);
  };
  remote.server.handler.on_handle = [&](http::ExchangePtr exchange) {
    const http::Request& request = exchange->request();
    bool known = request.head.headers.get("Mcp-Session-Id") == remote.current;
    if (request.head.method == "GET") return known ? open(exchange) : exchange->respond(session_not_found());
    bool first = request.body.view().find("\"id\":1,") != std::string_view::npos;
    if (!first) return remote.handle(*exchange);
    open(exchange);
    ASSERT_TRUE(exchange->write(Bytes::copy("retry: 300\nid: 1-1\ndata:\n\n")));
    exchange->end();
  };
  call(1);
  ASSERT_TRUE(client.wait([&] { return streams.size() == 1; }));
  forget();
  call(2);
  ASSERT_TRUE(client.heard(2));
  EXPECT_EQ(client.message(1).result.view(), R"({"in":"s2"})");
  ASSERT_TRUE(client.wait([&] { return client.ear->ends.size() == 1; }));
  EXPECT_EQ(client.ear->ends[0].related, jsonrpc::Id::number(1));
  EXPECT_THAT(client.ear->ends[0].why.message, HasSubstr("forgotten the session"));
  for (const http::ExchangePtr& stream : streams) stream->end();
}

TEST_F(HttpClientRenewal, ANotificationBeginsANewSessionAndIsNotRepeated) {
  forget();
  ASSERT_TRUE(
      client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"));
  ASSERT_TRUE(client.wait([&] { return !client.ear->renewals.empty(); }));
  call(1);
  ASSERT_TRUE(client.heard(2));
  EXPECT_THAT(remote.log, ElementsAre("s1 notifications/cancelled", " initialize",
                                      "s2 notifications/initialized", "s2 tools/call"));
}

TEST_F(HttpClientRenewal, AServerThatForgetsAtOnceEndsTheChannel) {
  forget();
  remote.forgets_at_once = true;
  call(1);
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(client.ear->closed->code, ErrorCode::kNotFound);
  EXPECT_EQ(remote.made, 2);
}

TEST_F(HttpClientRenewal, ARefusedHandshakeEndsTheChannel) {
  forget();
  remote.greets = false;
  call(1);
  call(2);
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(client.ear->closed->code, ErrorCode::kNotFound);
  EXPECT_EQ(client.send(TestEndpoint::request("9", "ping")).error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(client.ear->renewals, IsEmpty());
}

TEST_F(HttpClientRenewal, AnotherRevisionEndsTheChannel) {
  forget();
  remote.version = "2025-06-18";
  call(1);
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
}

TEST(HttpClientRenewalEdge, AHandshakeThatIsNeverAnsweredEndsTheChannel) {
  ForgetfulServer remote;
  HttpClientOptions options;
  options.renewal_deadline = async::Millis(30);
  TestClient client(remote.server.loop, remote.server.port, options);
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(client.heard(1));
  client.channel->negotiated(protocol::Revision::k2025_11_25);
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(client.wait([&] { return remote.log.size() == 2; }));
  std::vector<http::ExchangePtr> unanswered;
  remote.server.handler.on_handle = [&](http::ExchangePtr exchange) {
    if (!exchange->request().head.headers.get("Mcp-Session-Id").empty())
      return exchange->respond(session_not_found());
    unanswered.push_back(std::move(exchange));
  };
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/call")));
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(unanswered.size(), 1u);
}

TEST(HttpClientRenewalEdge, ASessionThatIsLostBeforeTheHandshakeEndsEndsTheChannel) {
  ForgetfulServer remote;
  remote.forgets_at_once = true;
  TestClient client(remote.server.loop, remote.server.port);
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  ASSERT_TRUE(client.heard(1));
  client.channel->negotiated(protocol::Revision::k2025_11_25);
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(client.wait([&] { return client.ear->closed.has_value(); }));
  EXPECT_EQ(remote.made, 1);
}

// Over our own endpoint, which offers a GET stream: that one finds out first.
TEST(HttpClientRenewalStream, TheGetStreamFindsOutAndIsOpenedAnew) {
  TestEndpoint t;
  HttpClientOptions options;
  options.retry = async::Millis(1);
  TestClient client(t.loop, t.port, options);
  const std::string result =
      R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})";
  auto greet = [&](std::size_t number) {
    ASSERT_TRUE(t.heard(number, 1));
    t.owned[number]->channel().negotiated(protocol::Revision::k2025_06_18);
    ASSERT_TRUE(t.answer(number, "0", result));
  };
  ASSERT_TRUE(client.send(TestEndpoint::request("0", "initialize")));
  greet(0);
  ASSERT_TRUE(client.heard(1));
  client.channel->negotiated(protocol::Revision::k2025_11_25);
  ASSERT_TRUE(client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(client.wait([&] { return client.ear->opened.size() == 1; }));
  ASSERT_TRUE(client.send(TestEndpoint::request("1", "tools/call")));
  ASSERT_TRUE(t.heard(0, 3));
  ASSERT_TRUE(t.say(0, "begun", jsonrpc::Id::number(1)));
  ASSERT_TRUE(client.heard(2));
  t.owned[0]->arrival.channel.reset();
  greet(1);
  ASSERT_TRUE(client.wait([&] { return client.ear->renewals.size() == 1; }));
  EXPECT_FALSE(client.ear->closed);
  ASSERT_TRUE(client.wait([&] { return client.ear->ends.size() == 1; }));
  EXPECT_EQ(client.ear->ends[0].related, jsonrpc::Id::number(1)) << "it had begun: it is not repeated";
  ASSERT_TRUE(t.say(1, "notifications/tools/list_changed"));
  ASSERT_TRUE(
      client.wait([&] { return client.ear->messages.back().message.method.ends_with("list_changed"); }));
}

}  // namespace
}  // namespace mcp::transport
