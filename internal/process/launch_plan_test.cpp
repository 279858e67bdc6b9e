#include "internal/process/launch_plan.h"

#include <gtest/gtest.h>

namespace mcp::process {
namespace {

TEST(LaunchPlan, LooksInEachDirectoryOfThePath) {
  EXPECT_EQ(exec_candidates("npx", "/a:/b"), (std::vector<std::string>{"/a/npx", "/b/npx"}));
}

TEST(LaunchPlan, TakesACommandWithASlashAsItIs) {
  EXPECT_EQ(exec_candidates("./npx", "/a:/b"), (std::vector<std::string>{"./npx"}));
}

TEST(LaunchPlan, ReadsAnEmptyPathElementAsTheCurrentDirectory) {
  EXPECT_EQ(exec_candidates("npx", ":/b"), (std::vector<std::string>{"./npx", "/b/npx"}));
}

TEST(LaunchPlan, SurvivesPacking) {
  SpawnSpec spec;
  spec.argv = {"cmd", "", "last"};
  spec.environment = {{"A", ""}, {"PATH", "/x"}};
  spec.directory = "/tmp";
  std::string packed = pack_plan(make_plan(spec).value());
  PlanView view;
  ASSERT_TRUE(view_plan(packed.data(), packed.size(), view));
  ASSERT_EQ(view.argv.size(), 4u);
  EXPECT_STREQ(view.argv[1], "");
  EXPECT_STREQ(view.argv[2], "last");
  EXPECT_EQ(view.argv[3], nullptr);
  ASSERT_EQ(view.environment.size(), 3u);
  EXPECT_STREQ(view.environment[0], "A=");
  EXPECT_STREQ(view.candidates.at(0), "/x/cmd");
  EXPECT_STREQ(view.directory, "/tmp");
}

TEST(LaunchPlan, RefusesEveryTruncation) {
  SpawnSpec spec;
  spec.argv = {"cmd", "arg"};
  spec.environment = {{"A", "1"}};
  std::string packed = pack_plan(make_plan(spec).value());
  for (std::size_t size = 0; size < packed.size(); ++size) {
    std::string cut = packed.substr(0, size);
    PlanView view;
    EXPECT_FALSE(view_plan(cut.data(), cut.size(), view)) << size;
  }
}

TEST(LaunchPlan, RefusesWhatExecWouldCutShort) {
  SpawnSpec spec;
  spec.argv = {"cmd", std::string("a\0b", 3)};
  EXPECT_EQ(make_plan(spec).error().code, ErrorCode::kInvalid);
  spec.argv = {"cmd"};
  for (const char* name : {"", "A=B"}) {
    spec.environment = {{name, "x"}};
    EXPECT_EQ(make_plan(spec).error().code, ErrorCode::kInvalid) << name;
  }
}

TEST(LaunchPlan, AcceptsTheLimitAndRefusesOneByteMore) {
  SpawnSpec spec;
  spec.argv = {"c", std::string(kMaxPlanBytes - 3, 'a')};
  EXPECT_TRUE(make_plan(spec));
  spec.argv[1] += 'a';
  EXPECT_EQ(make_plan(spec).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace mcp::process
