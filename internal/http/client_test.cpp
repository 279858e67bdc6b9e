#include "internal/http/client.h"

#include <gtest/gtest.h>

#include "internal/http/test_fetch.h"
#include "internal/http/test_peer.h"
#include "internal/http/test_upstream.h"

namespace mcp::http {
namespace {

using testing::answering;
using testing::error_of;
using testing::Eventual;
using testing::fetch;
using testing::Fetched;
using testing::get;
using testing::has_whole_request;
using testing::read_all_task;
using testing::request_to;
using testing::TestServer;
using testing::TestUpstream;
using testing::url_of;

TEST(HttpClient, SendsARequestAndReadsTheResponse) {
  TestServer server;
  Client client(server.loop);
  ClientRequest request = request_to(url_of(server) + "?a=b", "hello");
  request.headers = {{"X-One", "1"}, {"host", "ignored"}, {"Content-Length", "99"}};
  auto fetched = fetch(server.loop, client, request);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 200);
  EXPECT_EQ(fetched->body, "hello");
  EXPECT_EQ(fetched->headers.get("content-type"), "text/plain");
  const Request& seen = server.handler.requests.at(0);
  EXPECT_EQ(seen.head.method, "POST");
  EXPECT_EQ(seen.head.target, "/mcp?a=b");
  EXPECT_EQ(seen.head.headers.get("x-one"), "1");
  EXPECT_EQ(seen.head.headers.get("host"), "127.0.0.1:" + std::to_string(server.port));
}

TEST(HttpClient, ReusesItsConnection) {
  TestServer server;
  Client client(server.loop);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fetch(server.loop, client, request_to(url_of(server), "x")));
  EXPECT_EQ(server.server.connections(), 1u);
  EXPECT_EQ(client.idle_connections(), 1u);
  EXPECT_EQ(server.handler.heads.front().peer, server.handler.heads.back().peer);
}

TEST(HttpClient, OpensOneConnectionForEachRequestInFlight) {
  TestServer server;
  std::vector<ExchangePtr> held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held.push_back(std::move(exchange)); };
  Client client(server.loop);
  Eventual<Result<Fetched>> a(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  Eventual<Result<Fetched>> b(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  ASSERT_TRUE(server.wait([&] { return held.size() == 2; }));
  for (auto& exchange : held) exchange->respond({});
  EXPECT_TRUE(a.get());
  EXPECT_TRUE(b.get());
  EXPECT_EQ(client.idle_connections(), 2u);
}

TEST(HttpClient, WaitsForAConnectionWhenTheHostIsFull) {
  TestServer server;
  std::vector<ExchangePtr> held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held.push_back(std::move(exchange)); };
  ClientLimits limits;
  limits.max_connections_per_host = 1;
  Client client(server.loop, limits);
  Eventual<Result<Fetched>> a(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  Eventual<Result<Fetched>> b(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  ASSERT_TRUE(server.wait([&] { return held.size() == 1; }));
  held[0]->respond({});
  EXPECT_TRUE(a.get());
  ASSERT_TRUE(server.wait([&] { return held.size() == 2; }));
  held[1]->respond({});
  EXPECT_TRUE(b.get());
  EXPECT_EQ(server.server.connections(), 1u);
}

TEST(HttpClient, GivesUpWaitingForAConnection) {
  TestServer server;
  std::vector<ExchangePtr> held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held.push_back(std::move(exchange)); };
  ClientLimits limits;
  limits.max_connections_per_host = 1;
  limits.connect_deadline = async::Millis(200);
  Client client(server.loop, limits);
  Eventual<Result<Fetched>> a(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  ASSERT_TRUE(server.wait([&] { return held.size() == 1; }));
  EXPECT_EQ(error_of(fetch(server.loop, client, request_to(url_of(server)))), ErrorCode::kLimit);
  held[0]->respond({});
  EXPECT_TRUE(a.get());
}

TEST(HttpClient, KeepsNoMoreIdleConnectionsThanAllowed) {
  TestServer server;
  std::vector<ExchangePtr> held;
  server.handler.on_handle = [&](ExchangePtr exchange) { held.push_back(std::move(exchange)); };
  ClientLimits limits;
  limits.max_idle_per_host = 1;
  Client client(server.loop, limits);
  Eventual<Result<Fetched>> a(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  Eventual<Result<Fetched>> b(server.loop, testing::fetch_task(client, request_to(url_of(server)), {}));
  ASSERT_TRUE(server.wait([&] { return held.size() == 2; }));
  for (auto& exchange : held) exchange->respond({});
  EXPECT_TRUE(a.get());
  EXPECT_TRUE(b.get());
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST(HttpClient, ClosesIdleConnectionsAfterAWhile) {
  TestServer server;
  ClientLimits limits;
  limits.idle_deadline = async::Millis(20);
  Client client(server.loop, limits);
  ASSERT_TRUE(fetch(server.loop, client, request_to(url_of(server))));
  EXPECT_TRUE(server.wait([&] { return client.idle_connections() == 0; }));
  EXPECT_TRUE(server.wait([&] { return server.server.connections() == 0; }));
}

TEST(HttpClient, SendsOnceMoreWhenAPooledConnectionDies) {
  async::Loop loop;
  int requests = 0;
  TestUpstream upstream(loop, [&](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    connection.received.clear();
    // The second request finds a connection that dies under it.
    if (++requests == 2) return connection.close();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Client client(loop);
  ASSERT_TRUE(fetch(loop, client, get(upstream)));
  auto again = fetch(loop, client, get(upstream));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, "ok");
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(upstream.connections().size(), 2u);
}

TEST(HttpClient, DoesNotRepeatAPostThatMayHaveArrived) {
  async::Loop loop;
  int requests = 0;
  TestUpstream upstream(loop, [&](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    connection.received.clear();
    if (++requests == 2) return connection.close();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Client client(loop);
  ASSERT_TRUE(fetch(loop, client, get(upstream)));
  auto post = get(upstream);
  post.method = "POST";
  EXPECT_EQ(error_of(fetch(loop, client, post)), ErrorCode::kUnavailable);
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, DoesNotRepeatARequestOnANewConnection) {
  async::Loop loop;
  int requests = 0;
  TestUpstream upstream(loop, [&](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    ++requests;
    connection.close();
  });
  Client client(loop);
  EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kUnavailable);
  EXPECT_EQ(requests, 1);
}

TEST(HttpClient, DoesNotRepeatARequestWhoseResponseBegan) {
  async::Loop loop;
  int requests = 0;
  TestUpstream upstream(loop, [&](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    connection.received.clear();
    if (++requests == 1) return connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.send("HTTP/1.1 20");
    connection.close();
  });
  Client client(loop);
  ASSERT_TRUE(fetch(loop, client, get(upstream)));
  EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kUnavailable);
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, DropsAPooledConnectionThatTheServerClosed) {
  TestServer server;
  Client client(server.loop);
  ASSERT_TRUE(fetch(server.loop, client, request_to(url_of(server), "x")));
  server.server.close();
  Server second(server.loop, server.handler);
  ASSERT_TRUE(second.listen("127.0.0.1:" + std::to_string(server.port)));
  EXPECT_TRUE(fetch(server.loop, client, request_to(url_of(server), "y")));
}

TEST(HttpClient, ReadsAChunkedBodyAtEverySplit) {
  async::Loop loop;
  const std::string wire =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;e\r\nhello\r\n1\r\n,\r\n6\r\n "
      "world\r\n0\r\nX-T: t\r\n\r\n";
  std::size_t split = 0;
  TestUpstream upstream(loop, [&](TestUpstream::Connection& connection) {
    if (!has_whole_request(connection)) return;
    connection.received.clear();
    connection.send(wire.substr(0, split));
    loop.post([&, at = split] { connection.send(wire.substr(at)); });
  });
  Client client(loop);
  for (split = 1; split < wire.size(); ++split) {
    auto fetched = fetch(loop, client, get(upstream));
    ASSERT_TRUE(fetched) << split;
    EXPECT_EQ(fetched->body, "hello, world") << split;
  }
  EXPECT_EQ(upstream.connections().size(), 1u);
}

TEST(HttpClient, ReadsABodyUntilTheServerCloses) {
  async::Loop loop;
  TestUpstream upstream(loop, answering("HTTP/1.1 200 OK\r\n\r\nall of it", true));
  Client client(loop);
  auto fetched = fetch(loop, client, get(upstream));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->body, "all of it");
  EXPECT_EQ(client.idle_connections(), 0u);
}

TEST(HttpClient, SkipsInterimResponses) {
  async::Loop loop;
  TestUpstream upstream(loop, answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
                                        "x\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n"));
  Client client(loop);
  auto fetched = fetch(loop, client, get(upstream));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 204);
  EXPECT_FALSE(fetched->headers.has("Link"));
  EXPECT_EQ(fetched->headers.get("A"), "b");
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST(HttpClient, KnowsResponsesWithoutABody) {
  async::Loop loop;
  TestUpstream upstream(loop, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  Client client(loop);
  auto head = fetch(loop, client, request_to(upstream.url(), "", "HEAD"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
  TestUpstream unmodified(loop, answering("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"));
  auto fetched = fetch(loop, client, get(unmodified));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 304);
  EXPECT_EQ(client.idle_connections(), 2u);
}

TEST(HttpClient, DoesNotKeepWhatTheServerWillClose) {
  async::Loop loop;
  TestUpstream upstream(loop, answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  Client client(loop);
  EXPECT_TRUE(fetch(loop, client, get(upstream)));
  EXPECT_EQ(client.idle_connections(), 0u);
  TestUpstream chatty(loop, answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nsurplus"));
  EXPECT_TRUE(fetch(loop, client, get(chatty)));
  EXPECT_EQ(client.idle_connections(), 0u);
}

TEST(HttpClient, RefusesMalformedResponses) {
  async::Loop loop;
  for (const char* wire :
       {"what?\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    TestUpstream upstream(loop, answering(wire));
    Client client(loop);
    EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kMalformed) << wire;
  }
}

TEST(HttpClient, LimitsTheResponseHead) {
  async::Loop loop;
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  for (std::size_t extra : {0u, 1u}) {
    TestUpstream upstream(loop,
                          answering(start + std::string(1000 + extra - start.size() - 4, 'x') + "\r\n\r\n"));
    ClientLimits limits;
    limits.max_header_bytes = 1000;
    Client client(loop, limits);
    auto fetched = fetch(loop, client, get(upstream));
    if (extra == 0) {
      EXPECT_TRUE(fetched);
    } else {
      EXPECT_EQ(error_of(fetched), ErrorCode::kLimit);
    }
  }
}

TEST(HttpClient, TellsWhenABodyIsCutShort) {
  async::Loop loop;
  for (const char* wire : {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    TestUpstream upstream(loop, answering(wire, true));
    Client client(loop);
    EXPECT_EQ(error_of(fetch(loop, client, get(upstream))), ErrorCode::kUnavailable);
  }
}

TEST(HttpClient, LimitsAWholeBody) {
  TestServer server;
  Client client(server.loop);
  for (std::size_t size : {100'000u, 100'001u}) {
    auto request = request_to(url_of(server), std::string(size, 'b'));
    auto response = Eventual<Result<ClientResponsePtr>>(server.loop, client.send(request)).get();
    ASSERT_TRUE(response);
    auto body = Eventual<Result<Bytes>>(server.loop, read_all_task(*response, 100'000)).get();
    if (size == 100'000) {
      ASSERT_TRUE(body);
      EXPECT_EQ(body->size(), size);
    } else {
      ASSERT_FALSE(body);
      EXPECT_EQ(body.error().code, ErrorCode::kLimit);
    }
  }
}

TEST(HttpClient, CarriesMegabytesBothWays) {
  TestServer server;
  Client client(server.loop);
  std::string body(8 << 20, 'b');
  body[1234567] = '!';
  auto fetched = fetch(server.loop, client, request_to(url_of(server), body));
  ASSERT_TRUE(fetched);
  EXPECT_TRUE(fetched->body == body);
}

}  // namespace
}  // namespace mcp::http
