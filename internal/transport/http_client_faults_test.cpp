// The client's channel against servers that refuse, cut and babble: a scripted HTTP server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/http/test_peer.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/test_client.h"
#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

using protocol::Era;
using testing::HasSubstr;

const jsonrpc::Id kOne = jsonrpc::Id::number(1);
const std::string kCall = TestEndpoint::request("1", "tools/call");
const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{}})";

class TestCredentials final : public CredentialSource {
 public:
  Task<Result<std::optional<std::string>>> authorization() override {
    ++asked;
    co_return Result<std::optional<std::string>>(value);
  }
  Task<bool> refused(std::string challenge) override {
    challenges.push_back(std::move(challenge));
    value = renewed;
    co_return renews;
  }
  std::optional<std::string> value = "Bearer old";
  std::optional<std::string> renewed = "Bearer new";
  bool renews = true;
  int asked = 0;
  std::vector<std::string> challenges;
};

struct HttpClientFaults : testing::Test {
  http::testing::TestServer server;
  std::unique_ptr<TestClient> client;
  HttpClientOptions options;

  HttpClientFaults() {
    options.retry = async::Millis(1);
    options.max_resumptions = 3;
  }
  void connect() { client = std::make_unique<TestClient>(server.loop, server.port, options); }
  void on(std::function<void(http::ExchangePtr)> fn) { server.handler.on_handle = std::move(fn); }
  static Bytes event(const std::string& text) { return Bytes::copy(text); }

  // Sends the call and waits for the end of its stream.
  const TestListener::StreamEnd& fails() {
    connect();
    EXPECT_TRUE(client->send(kCall));
    EXPECT_TRUE(client->wait([&] { return !client->ear->ends.empty(); }));
    return client->ear->ends.at(0);
  }
};

TEST_F(HttpClientFaults, EachStatusHasItsError) {
  struct Row {
    int status;
    ErrorCode code;
  };
  for (Row row :
       {Row{401, ErrorCode::kUnauthenticated}, Row{403, ErrorCode::kDenied}, Row{404, ErrorCode::kNotFound},
        Row{405, ErrorCode::kUnsupported}, Row{413, ErrorCode::kLimit}, Row{429, ErrorCode::kLimit},
        Row{500, ErrorCode::kUnavailable}, Row{503, ErrorCode::kUnavailable}, Row{400, ErrorCode::kProtocol},
        Row{302, ErrorCode::kProtocol}}) {
    on([row](http::ExchangePtr exchange) {
      http::Response response;
      response.status = row.status;
      response.body = Bytes::copy("<html>no</html>");
      exchange->respond(std::move(response));
    });
    const auto& end = fails();
    EXPECT_EQ(end.why.code, row.code) << row.status;
    EXPECT_EQ(end.by, ClosedBy::kPeer);
    EXPECT_EQ(end.related, kOne);
    EXPECT_THAT(end.why.message, HasSubstr(std::to_string(row.status)));
  }
}

TEST_F(HttpClientFaults, AnErrorBodyWithoutOurIdIsTheAnswerToOurRequest) {
  for (const char* id : {"", "\"id\":null,", "\"id\":77,"}) {
    std::string body = std::string("{\"jsonrpc\":\"2.0\",") + id +
                       R"("error":{"code":-32022,"message":"v","data":{"supported":["x"]}}})";
    on([body](http::ExchangePtr exchange) { exchange->respond(json_answer(400, Bytes::copy(body))); });
    connect();
    ASSERT_TRUE(client->send(kCall));
    ASSERT_TRUE(client->heard(1));
    EXPECT_EQ(client->message(0).id, kOne);
    EXPECT_THAT(std::string(client->message(0).error.view()), HasSubstr("\"supported\":[\"x\"]"));
  }
}

TEST_F(HttpClientFaults, A401NeedsAuthorizationAndBringsTheChallenge) {
  on([](http::ExchangePtr exchange) {
    auto response = refusal(401, -32000, "who are you");
    response.headers.add("WWW-Authenticate", "Bearer resource_metadata=\"https://x/y\"");
    exchange->respond(std::move(response));
  });
  const auto& end = fails();
  EXPECT_EQ(end.why.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(end.why.hint, "Bearer resource_metadata=\"https://x/y\"");
  EXPECT_TRUE(client->ear->messages.empty()) << "whatever the body says";
}

TEST_F(HttpClientFaults, RefusedCredentialsAreRenewedOnceAndSentAgain) {
  auto credentials = std::make_shared<TestCredentials>();
  options.credentials = credentials;
  on([](http::ExchangePtr exchange) {
    if (exchange->request().head.headers.get("Authorization") == "Bearer new") {
      return exchange->respond(json_answer(200, Bytes::copy(kResult)));
    }
    auto response = refusal(401, -32000, "expired");
    response.headers.add("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    exchange->respond(std::move(response));
  });
  connect();
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(1));
  EXPECT_EQ(credentials->challenges, std::vector<std::string>{"Bearer error=\"invalid_token\""});
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(2));
  EXPECT_EQ(credentials->challenges.size(), 1u) << "the new value stays";
}

TEST_F(HttpClientFaults, CredentialsThatAreRefusedTwiceAreNotTriedForEver) {
  auto credentials = std::make_shared<TestCredentials>();
  options.credentials = credentials;
  on([](http::ExchangePtr exchange) { exchange->respond(refusal(401, -32000, "no")); });
  EXPECT_EQ(fails().why.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(credentials->challenges.size(), 1u);
  EXPECT_EQ(server.handler.requests.size(), 2u);
}

TEST_F(HttpClientFaults, ARefusedConnectionFailsTheRequestOnly) {
  std::uint16_t free_port;
  {
    http::testing::TestServer gone;
    free_port = gone.port;
  }
  TestClient lonely(server.loop, free_port, options);
  ASSERT_TRUE(lonely.send(kCall));
  ASSERT_TRUE(lonely.wait([&] { return !lonely.ear->ends.empty(); }));
  EXPECT_EQ(lonely.ear->ends[0].by, ClosedBy::kUnsent);
  EXPECT_EQ(lonely.ear->ends[0].why.code, ErrorCode::kUnavailable);
  EXPECT_FALSE(lonely.ear->closed);
}

TEST_F(HttpClientFaults, AStreamCutWithoutAnEventIdIsLost) {
  on([](http::ExchangePtr exchange) {
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event("data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n"));
    exchange.reset();  // without its last chunk
  });
  const auto& end = fails();
  EXPECT_EQ(end.by, ClosedBy::kFault);
  EXPECT_EQ(end.why.code, ErrorCode::kUnavailable);
  EXPECT_EQ(client->ear->messages.size(), 1u);
}

TEST_F(HttpClientFaults, AModernStreamIsNeverResumed) {
  options.era = Era::kModern;
  on([](http::ExchangePtr exchange) {
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event("id: 5\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n"));
    exchange->end();
  });
  EXPECT_EQ(fails().by, ClosedBy::kFault);
  EXPECT_EQ(server.handler.requests.size(), 1u);
}

TEST_F(HttpClientFaults, AnAbruptlyCutStreamIsResumedByGetWithTheLastIdAfterRetry) {
  on([this](http::ExchangePtr exchange) {
    bool is_post = exchange->request().head.method == "POST";
    exchange->open_stream(200, event_stream_headers());
    if (is_post) {
      (void)exchange->write(
          event("id: a\nretry: 3\ndata: \n\nid: b\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n"));
      exchange.reset();
    } else {
      (void)exchange->write(event("id: c\ndata: " + kResult + "\n\n"));
      exchange->end();
    }
  });
  connect();
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(2));
  EXPECT_EQ(client->message(1).kind, jsonrpc::Kind::kResult);
  EXPECT_EQ(server.handler.requests.at(1).head.headers.get("Last-Event-ID"), "b");
  EXPECT_EQ(client->ear->event_ids, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(HttpClientFaults, ResumptionThatBringsNothingIsGivenUp) {
  on([](http::ExchangePtr exchange) {
    bool is_post = exchange->request().head.method == "POST";
    if (!is_post) return exchange->respond(refusal(503, -32000, "busy"));
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event("id: a\ndata: \n\n"));
    exchange->end();
  });
  EXPECT_EQ(fails().why.code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.handler.requests.size(), 4u) << "one POST, max_resumptions GETs";
}

TEST_F(HttpClientFaults, AServerThatEndsResumptionWith204FailsTheCall) {
  on([](http::ExchangePtr exchange) {
    if (exchange->request().head.method == "GET") {
      http::Response over;
      over.status = 204;
      return exchange->respond(std::move(over));
    }
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event("id: a\ndata: \n\n"));
    exchange->end();
  });
  fails();
  EXPECT_EQ(server.handler.requests.size(), 2u);
}

TEST_F(HttpClientFaults, AServerWithoutGetStreamIsLeftInPeace) {
  on([](http::ExchangePtr exchange) {
    if (exchange->request().head.method == "GET") return exchange->respond(refusal(405, -32000, "no"));
    bool note = exchange->request().body.view().find("\"id\"") == std::string_view::npos;
    exchange->respond(note ? accepted() : json_answer(200, Bytes::copy(kResult)));
  });
  connect();
  client->channel->negotiated(protocol::Revision::k2025_06_18);
  ASSERT_TRUE(client->send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  ASSERT_TRUE(client->wait([&] { return server.handler.requests.size() == 2; }));
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(1));
  EXPECT_TRUE(client->ear->ends.empty());
  EXPECT_FALSE(client->ear->closed);
}

// Everything but GET is answered; `listen` takes each GET with its number, counted from 1.
struct HttpClientListening : HttpClientFaults {
  void open(std::function<void(http::ExchangePtr, int)> listen) {
    on([this, listen](http::ExchangePtr exchange) {
      if (exchange->request().head.method == "GET") return listen(exchange, ++gets);
      bool note = exchange->request().body.view().find("\"id\"") == std::string_view::npos;
      exchange->respond(note ? accepted() : json_answer(200, Bytes::copy(kResult)));
    });
    connect();
    client->channel->negotiated(protocol::Revision::k2025_06_18);
    ASSERT_TRUE(client->send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  }
  static void refuse(const http::ExchangePtr& exchange, int status = 503) {
    exchange->respond(refusal(status, -32000, "busy"));
  }
  static void stream(const http::ExchangePtr& exchange, const std::string& text) {
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event(text));
  }
  int gets = 0;
};

TEST_F(HttpClientListening, AStreamThatEndsAgainAndAgainIsOpenedAgain) {
  open([](const http::ExchangePtr& exchange, int) {
    stream(exchange, ":\n\n");
    exchange->end();
  });
  int many = options.max_resumptions + 3;
  ASSERT_TRUE(client->wait([&] { return client->ear->opened.size() == static_cast<std::size_t>(many); }));
  EXPECT_TRUE(client->ear->ends.empty());
  EXPECT_EQ(client->ear->missed, many - 1) << "each time something may have been missed";
}

TEST_F(HttpClientListening, AStreamThatIsRefusedIsTriedAgainAndEachFailureIsTold) {
  int failures = options.max_resumptions + 2;
  open([failures](const http::ExchangePtr& exchange, int nth) {
    if (nth <= failures) return refuse(exchange);
    stream(exchange, ":\n\n");
  });
  ASSERT_TRUE(client->wait([&] { return client->ear->opened.size() == 1; }));
  ASSERT_EQ(client->ear->ends.size(), static_cast<std::size_t>(failures));
  EXPECT_FALSE(client->ear->ends[0].related);
  EXPECT_EQ(client->ear->ends[0].why.code, ErrorCode::kUnavailable);
  EXPECT_EQ(client->ear->missed, 1);
}

TEST_F(HttpClientListening, AnAnsweredCallWakesAStreamThatWaits) {
  open([](const http::ExchangePtr& exchange, int) { refuse(exchange); });
  // By itself it would wait for minutes before the last of these.
  std::size_t calls = 0;
  ASSERT_TRUE(client->wait([&] {
    bool answered = client->ear->messages.size() == calls;
    if (answered && client->send(kCall)) ++calls;
    return gets == 14;
  }));
}

TEST_F(HttpClientListening, AStreamThatWasThereIsNotGivenUpForAPageOfAProxy) {
  open([](const http::ExchangePtr& exchange, int nth) {
    if (nth == 2) return refuse(exchange, 403);
    stream(exchange, ":\n\n");
    if (nth == 1) exchange->end();
  });
  ASSERT_TRUE(client->wait([&] { return client->ear->opened.size() == 2; }));
  EXPECT_EQ(client->ear->ends.at(0).why.code, ErrorCode::kDenied);
}

TEST_F(HttpClientListening, AnEventThatIsTooLargeIsNotAskedForAgain) {
  options.max_message_bytes = 64;
  open([](const http::ExchangePtr& exchange, int nth) {
    stream(exchange, nth == 1 ? "id: a\ndata: \n\nid: b\ndata: " + std::string(65, 'x') + "\n\n" : ":\n\n");
  });
  ASSERT_TRUE(client->wait([&] { return client->ear->opened.size() == 2; }));
  EXPECT_FALSE(server.handler.requests.back().head.headers.has("Last-Event-ID"));
  EXPECT_EQ(client->ear->missed, 1);
}

TEST_F(HttpClientFaults, AnArrayInALegacyAnswerIsTakenApart) {
  on([](http::ExchangePtr exchange) {
    exchange->respond(
        json_answer(200, Bytes::copy("[{\"jsonrpc\":\"2.0\",\"method\":\"n\"}," + kResult + "]")));
  });
  connect();
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(2));
  EXPECT_TRUE(client->ear->ends.empty());
}

TEST_F(HttpClientFaults, AnAnswerToAnotherRequestFailsTheCall) {
  on([](http::ExchangePtr exchange) {
    exchange->respond(json_answer(200, Bytes::copy(R"({"jsonrpc":"2.0","id":2,"result":{}})")));
  });
  EXPECT_EQ(fails().why.code, ErrorCode::kProtocol);
}

TEST_F(HttpClientFaults, AnAnswerThatIsNoJsonIsReportedAndFailsTheCall) {
  on([](http::ExchangePtr exchange) { exchange->respond(json_answer(200, Bytes::copy("oops"))); });
  EXPECT_EQ(fails().why.code, ErrorCode::kProtocol);
  EXPECT_EQ(client->ear->undecodable.size(), 1u);
}

TEST_F(HttpClientFaults, AcceptedIsNoAnswerToARequest) {
  on([](http::ExchangePtr exchange) { exchange->respond(accepted()); });
  EXPECT_EQ(fails().why.code, ErrorCode::kProtocol);
}

TEST_F(HttpClientFaults, AnEventOverTheLimitFailsTheCall) {
  options.max_message_bytes = 1000;
  on([](http::ExchangePtr exchange) {
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(event("id: a\ndata: " + std::string(2000, 'x') + "\n\n"));
  });
  EXPECT_EQ(fails().why.code, ErrorCode::kLimit);
}

TEST_F(HttpClientFaults, CommentsEmptyEventsAndOtherEventTypesAreNoMessages) {
  on([](http::ExchangePtr exchange) {
    exchange->open_stream(200, event_stream_headers());
    (void)exchange->write(
        event(": keep-alive\n\nid: 1\ndata: \n\nevent: other\ndata: {}\n\nevent: message\ndata: " + kResult +
              "\n\n"));
    exchange->end();
  });
  connect();
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->heard(1));
  EXPECT_TRUE(client->ear->undecodable.empty());
}

TEST_F(HttpClientFaults, MessagesWithoutAnAnswerAreQuietWhenRefused) {
  on([](http::ExchangePtr exchange) { exchange->respond(refusal(500, -32603, "no")); });
  connect();
  ASSERT_TRUE(client->send(R"({"jsonrpc":"2.0","method":"n"})"));
  ASSERT_TRUE(client->wait([&] { return !client->ear->statuses.empty(); }));
  EXPECT_TRUE(client->ear->ends.empty());
}

TEST_F(HttpClientFaults, TheListenerMayGoAwayMeanwhile) {
  http::ExchangePtr kept;
  on([&](http::ExchangePtr exchange) { kept = std::move(exchange); });
  connect();
  ASSERT_TRUE(client->send(kCall));
  ASSERT_TRUE(client->wait([&] { return kept != nullptr; }));
  bool gone = false;
  kept->on_disconnect([&] { gone = true; });
  client->ear.reset();
  client->channel.reset();
  EXPECT_TRUE(server.wait([&] { return gone; })) << "closed with its owner";
}

}  // namespace
}  // namespace mcp::transport
