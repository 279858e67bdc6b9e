#include "cmd/mcp/serve_network.h"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/mcp/serve_config.h"
#include "internal/base/fake_env.h"

namespace mcp::cmd {
namespace {

using ::testing::HasSubstr;

struct ServeNetworkTest : testing::Test {
  ServeNetworkTest() { env.environment = {{"HOME", "/home/me"}}; }

  Result<ServeConfig> load(const std::string& serve) {
    env.files["/proj/mcp.toml"] = "[serve]\n" + serve;
    report = {};
    return load_serve_config(env, ServeSources{.reads_only = true}, report);
  }

  FakeEnv env;
  config::Report report;
};

TEST_F(ServeNetworkTest, WithoutAKeyTheLimitsAreTheServersOwn) {
  auto config = load("");
  ASSERT_TRUE(config);
  http::ServerLimits usual;
  const http::ServerLimits& limits = config->network.limits;
  EXPECT_EQ(limits.max_connections, usual.max_connections);
  EXPECT_EQ(limits.header_deadline, usual.header_deadline);
  EXPECT_EQ(limits.body_deadline, usual.body_deadline);
  EXPECT_EQ(limits.idle_deadline, usual.idle_deadline);
  EXPECT_EQ(limits.write_deadline, usual.write_deadline);
  EXPECT_EQ(limits.min_write_rate, usual.min_write_rate);
  EXPECT_EQ(config->network.socket, "");
  EXPECT_EQ(config->network.tls, nullptr);
}

TEST_F(ServeNetworkTest, EachKeyIsObeyed) {
  auto config = load(R"(
listen = "unix:/run/mcp.sock"
max_connections = 7
header_timeout = "1s"
body_timeout = "2s"
idle_timeout = "3s"
write_timeout = "4s"
min_write_rate = "0"
)");
  ASSERT_TRUE(config) << config.error().message;
  const http::ServerLimits& limits = config->network.limits;
  EXPECT_EQ(limits.max_connections, 7u);
  EXPECT_EQ(limits.header_deadline.count(), 1000);
  EXPECT_EQ(limits.body_deadline.count(), 2000);
  EXPECT_EQ(limits.idle_deadline.count(), 3000);
  EXPECT_EQ(limits.write_deadline.count(), 4000);
  EXPECT_EQ(limits.min_write_rate, 0u);
  EXPECT_EQ(config->network.socket, "/run/mcp.sock");
  EXPECT_EQ(config->host, "localhost") << "what Host says over a socket";
}

TEST_F(ServeNetworkTest, EachMistakeIsNamedWithItsLineAndARemedy) {
  env.files["/proj/empty.pem"] = "";
  struct Case {
    const char* text;
    const char* message;
  };
  for (const auto& [text, message] :
       {Case{"tls_cert = \"none.pem\"\ntls_key = \"empty.pem\"\n", "2:1: [serve] tls_cert: "},
        Case{"tls_cert = \"empty.pem\"\ntls_key = \"empty.pem\"\n",
             "2:1: [serve] tls_cert: there is no certificate in it"},
        Case{"tls_cert = \"empty.pem\"\ntls_key = \"env:NO_SUCH\"\n", "3:1: [serve] tls_key: "},
        Case{"tls_cert = \"empty.pem\"\n", "2:1: [serve] tls_cert: tls_key is missing"},
        Case{"tls_key = \"empty.pem\"\n", "2:1: [serve] tls_key: tls_cert is missing"},
        Case{"tls_client_ca = \"empty.pem\"\n", "2:1: [serve] tls_client_ca: tls_cert is missing"},
        Case{"listen = \"unix:/s\"\ntls_cert = \"a\"\ntls_key = \"b\"\n",
             "3:1: [serve] tls_cert: has no use on a Unix-domain socket"},
        Case{"listen = \"unix:s\"\n", "2:10: [serve] listen: \"s\" is not the absolute path of a socket"},
        Case{"max_connections = 0\n", "2:19: [serve] max_connections: 0 is less than 1"},
        Case{"header_timeout = \"0\"\n", "2:18: [serve] header_timeout: "}}) {
    auto config = load(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kConfig) << text;
    EXPECT_THAT(config.error().message, HasSubstr(std::string("/proj/mcp.toml:") + message)) << text;
    EXPECT_NE(config.error().hint, "") << text;
  }
}

TEST_F(ServeNetworkTest, AKeyThatWasPastedInIsNotRepeated) {
  auto config = load("tls_cert = \"a\"\ntls_key = \"-----BEGIN PRIVATE KEY-----hunter2\"\n");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("tls_key: (hidden) is a key"));
  EXPECT_EQ((config.error().message + config.error().hint).find("hunter2"), std::string::npos);
}

TEST_F(ServeNetworkTest, ASocketBesideItselfIsTheGatewayItself) {
  auto config = load(
      "listen = \"unix:/s\"\n[servers.self]\nurl = \"unix:/s:/mcp\"\n[servers.other]\nurl = "
      "\"unix:/t:/mcp\"\n");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->servers.size(), 1u);
  EXPECT_EQ(config->servers[0].name, "other");
  EXPECT_EQ(config->servers[0].url, "unix:/t:/mcp");
}

TEST(FitToDescriptors, LeavesRoomForWhatIsNoClient) {
  rlimit allowed{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &allowed), 0);
  http::ServerLimits limits;
  limits.max_connections = 5;
  EXPECT_FALSE(fit_to_descriptors(limits));
  EXPECT_EQ(limits.max_connections, 5u);
  limits.max_connections = allowed.rlim_max;
  auto less = fit_to_descriptors(limits);
  EXPECT_LT(limits.max_connections, allowed.rlim_max);
  ASSERT_TRUE(less);
  EXPECT_THAT(less->message, HasSubstr("max_connections is " + std::to_string(limits.max_connections)));
  EXPECT_THAT(less->hint, HasSubstr("ulimit -Hn"));
}

}  // namespace
}  // namespace mcp::cmd
