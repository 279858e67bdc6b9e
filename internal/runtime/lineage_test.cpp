#include "internal/runtime/lineage.h"

#include <gmock/gmock.h>

#include "internal/base/fake_env.h"

namespace mcp::runtime {
namespace {

using testing::HasSubstr;

TEST(Lineage, GrowsByAMarkWithEachGateway) {
  FakeEnv env;
  EXPECT_EQ(lineage(env), "");
  EXPECT_EQ(lineage_below(env, "a"), "a");
  env.environment[kLineageVariable] = "a";
  EXPECT_EQ(lineage_below(env, "b"), "a,b");
}

TEST(Lineage, LetsTheFirstGatewayAndOneBehindAnotherStart) {
  FakeEnv env;
  EXPECT_TRUE(check_lineage(env, "a"));
  env.environment[kLineageVariable] = "a";
  EXPECT_TRUE(check_lineage(env, "b"));
}

TEST(Lineage, RefusesAtTheFirstLevelWhoServesWhatOneAboveServes) {
  FakeEnv env;
  env.environment[kLineageVariable] = "a";
  auto refused = check_lineage(env, "a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfig);
  EXPECT_THAT(refused.error().message, HasSubstr("with the same configuration"));
  env.environment[kLineageVariable] = "b,a";
  EXPECT_FALSE(check_lineage(env, "b"));
}

TEST(Lineage, RefusesAThirdWhateverItServes) {
  FakeEnv env;
  env.environment[kLineageVariable] = "a,b";
  auto refused = check_lineage(env, "c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfig);
  EXPECT_THAT(refused.error().message, HasSubstr("started by gateways"));
}

}  // namespace
}  // namespace mcp::runtime
