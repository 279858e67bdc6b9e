#include "internal/sandbox/view.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/sandbox/explain.h"

namespace mcp::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A tree of its own under /var/tmp, which no system folder covers.
class ViewTest : public testing::Test {
 protected:
  ViewTest() {
    char name[] = "/var/tmp/mcp-view-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~ViewTest() override { std::system(("rm -rf " + root_).c_str()); }

  std::string folder(const std::string& path) {
    std::system(("mkdir -p " + root_ + path).c_str());
    return root_ + path;
  }
  std::string program(const std::string& path) {
    folder(path.substr(0, path.rfind('/')));
    std::ofstream(root_ + path) << "#!/bin/sh\n";
    ::chmod((root_ + path).c_str(), 0755);
    return root_ + path;
  }
  std::vector<std::string> shown(const std::string& file, const std::string& path = "",
                                 const std::string& directory = "", const std::string& home = "/none") {
    std::vector<std::string> out;
    for (const Item& item : command_view({file, path, directory, home}, false)) {
      EXPECT_FALSE(item.writable);
      out.push_back(item.target);
    }
    return out;
  }

  std::string root_;
};

TEST_F(ViewTest, ShowsTheFolderOfACommandAndTheLibrariesBesideIt) {
  std::string file = program("/env/bin/tool");
  folder("/env/lib");
  folder("/env/other");
  EXPECT_THAT(shown(file), ElementsAre(root_ + "/env/bin", root_ + "/env/lib"));
}

TEST_F(ViewTest, ShowsWhatALinkLeadsTo) {
  std::string file = program("/pkg/dist/index.js");
  folder("/.bin");
  ASSERT_EQ(::symlink(file.c_str(), (root_ + "/.bin/tool").c_str()), 0);
  EXPECT_THAT(shown("tool", "/nowhere:" + root_ + "/.bin"),
              ElementsAre(root_ + "/.bin", root_ + "/pkg/dist"));
}

TEST_F(ViewTest, ShowsAllThatAShimLooksThrough) {
  EXPECT_THAT(shown(program("/pyenv/shims/python3")), ElementsAre(root_ + "/pyenv"));
}

TEST_F(ViewTest, NeverShowsAHomeDirectoryAsAWhole) {
  std::string file = program("/me/tool");
  folder("/me/lib");
  EXPECT_THAT(shown(file, "", "", root_ + "/me"), ElementsAre(file));
  EXPECT_THAT(shown(program("/me/bin/tool"), "", "", root_ + "/me"), ElementsAre(root_ + "/me/bin"));
  EXPECT_THAT(shown(program("/me/shims/tool"), "", "", root_ + "/me"), ElementsAre(root_ + "/me/shims"));
}

TEST_F(ViewTest, AddsNothingForTheSystemsPrograms) {
  EXPECT_THAT(shown("sh", "/usr/bin:/bin"), IsEmpty());
  EXPECT_THAT(shown("no-such-command", "/usr/bin"), IsEmpty());
}

TEST_F(ViewTest, ShowsTheWorkingDirectory) {
  EXPECT_THAT(shown("sh", "/bin", folder("/work")), ElementsAre(root_ + "/work"));
}

TEST_F(ViewTest, PutsParentsBeforeChildrenAndJoinsReadAndWrite) {
  Policy policy;
  policy.read = {folder("/b/c"), folder("/a")};
  policy.write = {root_ + "/b", root_ + "/a/"};
  auto view = policy_view(policy, true);
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view[0].target, root_ + "/a");
  EXPECT_TRUE(view[0].writable && view[0].executable && view[0].own);
  EXPECT_EQ(view[1].target, root_ + "/b");
  EXPECT_TRUE(view[1].writable && !view[1].executable);
  EXPECT_EQ(view[2].target, root_ + "/b/c");
  EXPECT_FALSE(view[2].writable);
}

Host full_host() {
  Host host;
  host.namespaces = host.proc = host.seccomp = true;
  host.landlock = 7;
  host.cgroups = {"/m", "/p", "/c", false};
  host.uid = host.gid = 1000;
  return host;
}

TEST_F(ViewTest, APlanSaysWhatIsMissing) {
  Policy policy;
  policy.profile = "runtime";
  policy.limits.memory = kMinMemory;
  policy.limits.cpu_percent = 50;
  Command command{"sh", "/bin", "", ""};
  EXPECT_THAT(make_plan(policy, command, full_host(), {})->evidence.degraded, IsEmpty());
  Host bare = full_host();
  bare.proc = bare.seccomp = false;
  bare.landlock = 0;
  bare.cgroups = {};
  auto plan = make_plan(policy, command, bare, {"runtime", "hash", "filter"});
  ASSERT_TRUE(plan);
  std::vector<std::string> missing;
  for (const Degraded& gap : plan->evidence.degraded) missing.push_back(gap.protection);
  EXPECT_THAT(missing, ElementsAre("proc", "landlock", "seccomp", "memory", "cpu", "pids"));
  EXPECT_EQ(plan->jail.filter, "");
  EXPECT_NE(explain(*plan).find("DEGRADED"), std::string::npos);
  for (const std::string& one : missing) {
    policy.require = {one};
    EXPECT_EQ(make_plan(policy, command, bare, {}).error().code, ErrorCode::kUnsupported) << one;
    EXPECT_TRUE(make_plan(policy, command, full_host(), {})) << one;
  }
}

TEST_F(ViewTest, WithoutNamespacesThereIsNoPlan) {
  Policy policy;
  policy.profile = "runtime";
  Host none = full_host();
  none.namespaces = false;
  EXPECT_EQ(make_plan(policy, {"sh", "/bin", "", ""}, none, {}).error().code, ErrorCode::kUnsupported);
}

TEST_F(ViewTest, NamesTheArgumentsThatAreHidden) {
  Policy policy;
  policy.profile = "runtime";
  policy.read = {folder("/seen")};
  folder("/seen/below");
  auto plan = make_plan(policy, {"sh", "/bin", "", ""}, full_host(), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(hidden_arguments(*plan, {"-x", root_ + "/seen/below", root_, "/no/such", "/usr/bin/env"}),
              ElementsAre(root_));
}

}  // namespace
}  // namespace mcp::sandbox
