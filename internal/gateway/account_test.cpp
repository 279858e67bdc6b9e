#include "internal/gateway/account.h"

#include <fstream>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTools = R"([{"name":"ask","inputSchema":{"type":"object"}}])";

struct AccountTest : ::testing::Test {
  std::string series(std::string_view server, std::string_view method, std::string_view outcome) {
    return "mcp_requests_total{method=\"" + std::string(method) + "\",outcome=\"" + std::string(outcome) +
           "\",server=\"" + std::string(server) + "\"} ";
  }
  std::string text() { return test.gateway->account()->registry().text(); }
  // One server that answers every call so.
  std::unique_ptr<TestPeer> open(std::string answer, server::SessionOptions options = {}) {
    test.add("s", TestGateway::legacy_server(kTools, [answer](const jsonrpc::Message&) { return answer; }));
    test.start();
    EXPECT_TRUE(test.wait_state("s", "ready"));
    auto client = test.client(std::move(options));
    client->initialize();
    return client;
  }
  TestGateway test;
};

TEST_F(AccountTest, CountsAnAnswerForItsServer) {
  auto client = open(R"({"content":[]})");
  client->ask(legacy("1", "tools/call", R"({"name":"s__ask"})"));
  EXPECT_THAT(text(), HasSubstr(series("s", "tools/call", "ok") + "1\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_request_duration_seconds_count{server=\"s\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_response_bytes_total{server=\"s\"} 14\n"));
}

TEST_F(AccountTest, TellsErrorsOfToolsFromThoseOfTheProtocol) {
  auto client = open(R"({"content":[],"isError":true})");
  client->ask(legacy("1", "tools/call", R"({"name":"s__ask"})"));
  test.last("s").answer_by(TestGateway::legacy_server(
      kTools, [](const jsonrpc::Message&) { return R"(!{"code":-32602,"message":"no"})"; }));
  client->ask(legacy("2", "tools/call", R"({"name":"s__ask"})"));
  EXPECT_THAT(text(), HasSubstr(series("s", "tools/call", "isError") + "1\n"));
  EXPECT_THAT(text(), HasSubstr(series("s", "tools/call", "rpc_error") + "1\n"));
}

TEST_F(AccountTest, CountsAServerThatIsLostAsTransport) {
  auto client = open("");
  client->send(legacy("1", "tools/call", R"({"name":"s__ask"})"));
  ASSERT_TRUE(test.wait([&] { return test.last("s").count("tools/call") == 1; }));
  test.last("s").hang_up();
  EXPECT_TRUE(client->next().contains("error"));
  EXPECT_THAT(text(), HasSubstr(series("s", "tools/call", "transport") + "1\n"));
}

TEST_F(AccountTest, CountsAServerThatCannotBeStartedAsTransport) {
  test.add("s", TestGateway::legacy_server(kTools));
  test.refusing.insert("s");
  test.start();
  ASSERT_TRUE(test.wait_state("s", "failed"));
  auto client = test.client();
  client->initialize();
  EXPECT_TRUE(client->ask(legacy("1", "tools/call", R"({"name":"s__ask"})")).contains("error"));
  EXPECT_THAT(text(), HasSubstr(series("s", "tools/call", "transport") + "1\n"));
}

TEST_F(AccountTest, CountsACancelledCallAsThat) {
  auto client = open("");
  client->send(legacy("7", "tools/call", R"({"name":"s__ask"})"));
  ASSERT_TRUE(test.wait([&] { return test.last("s").count("tools/call") == 1; }));
  client->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(test.wait(
      [&] { return text().find(series("s", "tools/call", "cancelled") + "1\n") != std::string::npos; }));
}

TEST_F(AccountTest, CountsWhatTheGatewayAnswersByItself) {
  auto client = open("{}");
  client->ask(legacy("1", "ping"));
  client->ask(legacy("2", "tools/list"));
  client->ask(legacy("3", "made/up"));
  client->ask(legacy("4", "tools/call", R"({"name":"unknown"})"));
  for (const char* one : {"initialize", "ping", "tools/list"}) {
    EXPECT_THAT(text(), HasSubstr(series("_gateway", one, "ok") + "1\n")) << one;
  }
  EXPECT_THAT(text(), HasSubstr(series("_gateway", "other", "rpc_error") + "1\n"));
  EXPECT_THAT(text(), HasSubstr(series("_gateway", "tools/call", "rpc_error") + "1\n"));
  EXPECT_THAT(text(), Not(HasSubstr("made/up")));
}

TEST_F(AccountTest, CountsWhatALimitRefuses) {
  server::SessionOptions options;
  options.max_in_flight = 2;
  auto client = open("", std::move(options));
  auto call = [](const char* id) { return legacy(id, "tools/call", R"({"name":"s__ask"})"); };
  client->send(call("1"));
  client->send(call("2"));
  ASSERT_TRUE(test.wait([&] { return test.last("s").count("tools/call") == 2; }));
  EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"max_in_flight_per_client\"} 0\n"));
  EXPECT_TRUE(client->ask(call("3")).contains("error"));
  EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"max_in_flight_per_client\"} 1\n"));
}

// The names that stand alone, or behind "counted as", in the last column of docs/limits.md.
std::set<std::string> documented_limits() {
  std::ifstream file("docs/limits.md");
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) {
    std::size_t column = line.rfind("| ", line.size() - std::min<std::size_t>(line.size(), 2));
    if (!line.starts_with("| ") || column == std::string::npos) continue;
    std::string cell = line.substr(column + 2);
    if (cell.starts_with("by these names")) {
      // Those of the key column.
      static const std::regex kKey("`([a-z_]+)`");
      for (std::sregex_iterator key(line.begin(), line.end(), kKey), end; key != end; ++key)
        names.insert((*key)[1]);
    }
    static const std::regex kCounted("counted as `([a-z_]+)`");
    if (std::smatch counted; std::regex_search(cell, counted, kCounted)) names.insert(counted[1]);
    std::size_t close = cell.find('`', 1);
    bool is_metric = cell.starts_with("`mcp_");
    if (cell.starts_with("`") && close != std::string::npos && !is_metric)
      names.insert(cell.substr(1, close - 1));
  }
  return names;
}

TEST_F(AccountTest, BeginsEveryLimitAtNothingSoThatTheFirstRefusalIsAnIncrease) {
  auto limits = Account::limits();
  EXPECT_EQ(std::set<std::string>(limits.begin(), limits.end()), documented_limits());
  test.start();
  for (std::string_view limit : limits)
    EXPECT_THAT(text(), HasSubstr("mcp_refused_total{limit=\"" + std::string(limit) + "\"} 0\n"));
}

TEST_F(AccountTest, KnowsHowManySessionsAreOpen) {
  auto client = open("{}");
  EXPECT_THAT(text(), HasSubstr("mcp_sessions{era=\"legacy\",transport=\"pair\"} 1\n"));
  auto second = test.client();
  EXPECT_THAT(text(), HasSubstr("mcp_sessions{era=\"legacy\",transport=\"pair\"} 1\n"))
      << "it said nothing yet";
  second->ask(modern("1", "tools/list"));
  EXPECT_THAT(text(), HasSubstr("mcp_sessions{era=\"modern\",transport=\"pair\"} 1\n"));
  client->hang_up();
  second->hang_up();
  EXPECT_THAT(text(), HasSubstr("mcp_sessions{era=\"legacy\",transport=\"pair\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_sessions{era=\"modern\",transport=\"pair\"} 0\n"));
}

TEST_F(AccountTest, CountsStartsAndRestarts) {
  auto client = open("{}");
  test.last("s").hang_up();
  ASSERT_TRUE(test.wait([&] { return test.starts("s") == 2; }));
  EXPECT_THAT(text(), HasSubstr("mcp_server_starts_total{server=\"s\"} 2\n"));
  EXPECT_THAT(text(), HasSubstr("mcp_server_restarts_total{server=\"s\"} 1\n"));
}

}  // namespace
}  // namespace mcp::gateway
