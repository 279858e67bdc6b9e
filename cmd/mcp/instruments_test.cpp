#include "cmd/mcp/instruments.h"

#include <gtest/gtest.h>

#include "cmd/mcp/control_client.h"
#include "internal/base/fake_env.h"

namespace mcp::cmd {
namespace {

TEST(Instruments, ShowMetricsAsTheConfigurationWants) {
  async::Loop loop;
  FakeEnv env;
  ServeConfig config;
  Instruments instruments(loop, env, config);
  EXPECT_TRUE(instruments.metrics());
  config.metrics = false;
  instruments.configure(config);
  EXPECT_FALSE(instruments.metrics());
}

TEST(ControlClient, SaysThatNoGatewayRuns) {
  std::string directory = testing::TempDir();
  for (const std::string& place : std::vector{directory, directory + "/none"}) {
    auto client = ControlClient::connect(place);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(client.error().message, "no gateway is running on the state directory " + place);
  }
}

}  // namespace
}  // namespace mcp::cmd
