// The keys that limit something, from the configuration to the parts that obey them.
#include <gtest/gtest.h>

#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/serve_parts.h"
#include "internal/base/fake_env.h"

namespace mcp::cmd {
namespace {

Result<ServeConfig> load(const std::string& text) {
  FakeEnv env;
  env.environment = {{"HOME", "/home/me"}};
  env.files["/proj/mcp.toml"] = text;
  config::Report report;
  return load_serve_config(env, ServeSources{.reads_only = true}, report);
}

TEST(ServeLimits, EachKeyReachesThePartThatObeysIt) {
  auto config = load(R"(
[serve]
max_sessions = 1
max_in_flight_per_client = 2
max_modern_requests = 3
max_listens = 22
max_sessions_per_principal = 23
max_listens_per_principal = 24
max_children = 4
max_questions = 5
max_subscriptions = 6
max_tasks = 7
max_tasks_per_client = 8
max_header = "9K"
max_headers = 10
max_stream_queue = "11M"
max_body = "12M"
max_buffered = "21M"
abort_on_disconnect = true
max_batch = 19
max_depth = 20
[servers.s]
builtin = "echo"
max_in_flight = 13
max_queue = 14
max_result_bytes = "15K"
max_children = 16
call_timeout = "17s"
max_call_time = "18s"
)");
  ASSERT_TRUE(config) << config.error().message;
  auto endpoint = endpoint_options(*config);
  EXPECT_EQ(endpoint.max_sessions, 1u);
  EXPECT_EQ(endpoint.max_client_requests, 2u);
  EXPECT_EQ(endpoint.max_modern_requests, 3u);
  EXPECT_EQ(endpoint.max_listens, 22u);
  EXPECT_EQ(endpoint.max_principal_sessions, 23u);
  EXPECT_EQ(endpoint.max_principal_listens, 24u);
  EXPECT_FALSE(endpoint.has_principals);
  EXPECT_TRUE(endpoint.abort_on_disconnect);
  EXPECT_EQ(endpoint.max_batch, 19u);
  EXPECT_EQ(endpoint.max_depth, 20);
  auto gateway = gateway_options(*config);
  EXPECT_EQ(gateway.max_children, 4u);
  EXPECT_EQ(gateway.max_questions, 5u);
  EXPECT_EQ(gateway.max_subscriptions, 6u);
  EXPECT_EQ(gateway.tasks.routes, 7u);
  EXPECT_EQ(gateway.tasks.routes_per_owner, 8u);
  auto server = server_limits(*config);
  EXPECT_EQ(server.max_header_bytes, 9u << 10);
  EXPECT_EQ(server.max_headers, 10u);
  EXPECT_EQ(server.max_stream_queue_bytes, 11u << 20);
  EXPECT_EQ(server.max_body_bytes, 12u << 20);
  EXPECT_EQ(server.max_buffered_bytes, 21u << 20);
  ASSERT_EQ(gateway.servers.size(), 1u);
  const config::ServerEntry& entry = gateway.servers[0];
  EXPECT_EQ(entry.max_in_flight, 13u);
  EXPECT_EQ(entry.max_queue, 14u);
  EXPECT_EQ(entry.max_result_bytes, 15u << 10);
  EXPECT_EQ(entry.max_children, 16u);
  EXPECT_EQ(entry.call_timeout.count(), 17'000);
  EXPECT_EQ(entry.max_call_time.count(), 18'000);
}

TEST(ServeLimits, RequestTimeoutIsTheCallTimeoutOfServersWithoutOne) {
  auto config = load(R"(
[serve]
request_timeout = "7s"
[servers.none]
builtin = "echo"
[servers.own]
builtin = "echo"
call_timeout = "9s"
)");
  ASSERT_TRUE(config) << config.error().message;
  const auto servers = served_servers(*config);
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_EQ(servers[0].call_timeout.count(), 7'000);
  EXPECT_EQ(servers[1].call_timeout.count(), 9'000);
}

TEST(ServeLimits, SeveralPrincipalsHaveHalfOfItEachAndASingleOneHasAll) {
  auto one = load(
      "[serve]\nmax_sessions = 7\nmax_listens = 9\ntokens = { a = \"x\" }\n[servers.s]\nbuiltin = "
      "\"echo\"\n");
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_TRUE(endpoint_options(*one).has_principals);
  EXPECT_EQ(endpoint_options(*one).max_principal_sessions, 7u);
  EXPECT_EQ(endpoint_options(*one).max_principal_listens, 9u);
  auto two = load(
      "[serve]\nmax_sessions = 7\nmax_listens = 1\ntokens = { a = \"x\", b = \"y\" }\n"
      "[servers.s]\nbuiltin = \"echo\"\n");
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(endpoint_options(*two).max_principal_sessions, 3u);
  EXPECT_EQ(endpoint_options(*two).max_principal_listens, 1u);
}

TEST(ServeLimits, WithoutThemTheDefaultsAreThoseOfTheParts) {
  auto config = load("[servers.s]\nbuiltin = \"echo\"\n");
  ASSERT_TRUE(config) << config.error().message;
  transport::HttpEndpointOptions endpoint;
  EXPECT_EQ(endpoint_options(*config).max_client_requests, endpoint.max_client_requests);
  EXPECT_EQ(endpoint_options(*config).max_modern_requests, endpoint.max_modern_requests);
  EXPECT_EQ(endpoint_options(*config).max_listens, endpoint.max_listens);
  EXPECT_EQ(endpoint_options(*config).abort_on_disconnect, endpoint.abort_on_disconnect);
  EXPECT_EQ(endpoint_options(*config).max_batch, endpoint.max_batch);
  EXPECT_EQ(endpoint_options(*config).max_depth, endpoint.max_depth);
  gateway::GatewayOptions gateway;
  EXPECT_EQ(gateway_options(*config).max_children, gateway.max_children);
  EXPECT_EQ(gateway_options(*config).max_questions, gateway.max_questions);
  EXPECT_EQ(gateway_options(*config).max_subscriptions, gateway.max_subscriptions);
  EXPECT_EQ(gateway_options(*config).tasks.routes, gateway.tasks.routes);
  EXPECT_EQ(gateway_options(*config).tasks.routes_per_owner, gateway.tasks.routes_per_owner);
  http::ServerLimits limits;
  EXPECT_EQ(server_limits(*config).max_header_bytes, limits.max_header_bytes);
  EXPECT_EQ(server_limits(*config).max_headers, limits.max_headers);
  EXPECT_EQ(server_limits(*config).max_stream_queue_bytes, limits.max_stream_queue_bytes);
  EXPECT_EQ(server_limits(*config).max_buffered_bytes, limits.max_buffered_bytes);
  config::ServerEntry usual;
  const config::ServerEntry entry = gateway_options(*config).servers[0];
  EXPECT_EQ(entry.max_in_flight, usual.max_in_flight);
  EXPECT_EQ(entry.max_queue, usual.max_queue);
  EXPECT_EQ(entry.max_result_bytes, usual.max_result_bytes);
  EXPECT_EQ(entry.max_children, usual.max_children);
  EXPECT_EQ(entry.max_call_time, usual.max_call_time);
}

}  // namespace
}  // namespace mcp::cmd
