#include "internal/sandbox/workshop.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::sandbox {
namespace {

using testing::HasSubstr;

class WorkshopTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!workshop_.host().namespaces) GTEST_SKIP() << "no namespaces: " << workshop_.host().namespaces_error;
    if (!workshop_.host().as_root) GTEST_SKIP() << "only root shows paths with their owner's rights";
    char name[] = "/var/tmp/mcp-workshop-XXXXXX";
    folder_ = ::mkdtemp(name);
    policy_.profile = "runtime";
    policy_.read = {folder_};
  }
  ~WorkshopTest() override {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
  }
  std::vector<std::string> missing() {
    auto plan = workshop_.plan(policy_, {"sh", "/bin", "", ""});
    std::vector<std::string> names;
    EXPECT_TRUE(plan) << plan.error().message;
    if (!plan) return names;
    for (const Degraded& gap : plan->evidence.degraded) {
      if (gap.protection == "ownership") names.push_back(gap.why);
    }
    return names;
  }

  Workshop workshop_;
  Policy policy_;
  std::string folder_;
};

TEST_F(WorkshopTest, ReportsPathsThatCannotBeShownWithTheirOwnersRights) {
  // A mount of this test's own: ramfs has no ID-mapped mounts.
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  if (missing().empty()) {
    policy_.require = {"ownership"};
    EXPECT_TRUE(workshop_.plan(policy_, {"sh", "/bin", "", ""}));
    policy_.require.clear();
  }
  ASSERT_EQ(::mount("mcp-test", folder_.c_str(), "ramfs", 0, nullptr), 0);
  auto why = missing();
  ASSERT_EQ(why.size(), 1u);
  EXPECT_THAT(why[0], HasSubstr(folder_));
  policy_.require = {"ownership"};
  auto refused = workshop_.plan(policy_, {"sh", "/bin", "", ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("required protection \"ownership\" is missing"));
  ::umount2(folder_.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace mcp::sandbox
