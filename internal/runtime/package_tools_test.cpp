#include "internal/runtime/package_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::runtime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

struct PackageToolsTest : testing::Test {
  PackageToolsTest() {
    env.environment = {{"HOME", "/home/me"},
                       {"SECRET", "x"},
                       {"npm_config_registry", "https://r.example"},
                       {"NPM_TOKEN", "t"},
                       {"npm_lifecycle_event", "start"},
                       {"HTTPS_PROXY", "http://p:1"},
                       {"NODE_EXTRA_CA_CERTS", "/corp/ca.pem"}};
    wanted.runner = "npx";
    wanted.specs = {"@s/server@1"};
  }

  FakeEnv env;
  PackageCommand wanted;
};

TEST_F(PackageToolsTest, FetchesWithTheUsersSettingsAndWithoutRunningAnything) {
  env.files["/home/me/.npmrc"] = "";
  ToolRun run = fetch_run(env, wanted, "/g");
  EXPECT_EQ(run.argv[0], "npm");
  EXPECT_THAT(run.argv, Contains("--ignore-scripts"));
  EXPECT_EQ(run.argv.back(), "@s/server@1");
  EXPECT_THAT(run.read, ElementsAre("/corp/ca.pem", "/home/me/.npmrc"));
  EXPECT_THAT(run.environment, Contains(Pair("npm_config_userconfig", "/home/me/.npmrc")));
  EXPECT_THAT(run.environment, Contains(Pair("npm_config_registry", "https://r.example")));
  EXPECT_THAT(run.environment, Contains(Pair("NPM_TOKEN", "t")));
  EXPECT_THAT(run.environment, Contains(Pair("HTTPS_PROXY", "http://p:1")));
  for (const char* name : {"SECRET", "npm_lifecycle_event", "HOME"})
    EXPECT_FALSE(run.environment.contains(name));
}

TEST_F(PackageToolsTest, NamesTheProgramsSoThatNoPackagesSettingsCan) {
  ToolRun run = fetch_run(env, wanted, "/g");
  for (const char* name :
       {"npm_config_git", "npm_config_script_shell", "npm_config_shell", "npm_config_node_options"}) {
    EXPECT_FALSE(run.environment[name].empty()) << name;
  }
  EXPECT_EQ(run.environment["npm_config_git"], "git");
  env.environment["NPM_CONFIG_GIT"] = "/opt/git/bin/git";
  run = fetch_run(env, wanted, "/g");
  EXPECT_EQ(run.environment["NPM_CONFIG_GIT"], "/opt/git/bin/git");
  EXPECT_FALSE(run.environment.contains("npm_config_git"));
}

TEST_F(PackageToolsTest, BuildsWithoutTheUsersSettingsAndOnlyWhatWantsIt) {
  env.files["/g/node_modules/.package-lock.json"] = R"({"packages": {"node_modules/a": {}}})";
  EXPECT_FALSE(build_run(env, wanted, "/g"));
  env.files["/g/node_modules/.package-lock.json"] =
      R"({"packages": {"node_modules/a": {"hasInstallScript": true}}})";
  env.environment["npm_config_//r.example/:_authToken"] = "t";
  env.files["/home/me/.npmrc"] = "//r.example/:_authToken=t\n";
  auto run = build_run(env, wanted, "/g");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->argv[1], "rebuild");
  EXPECT_THAT(run->read, ElementsAre("/corp/ca.pem"));
  EXPECT_THAT(run->environment, Contains(Pair("npm_config_userconfig", "/dev/null")));
  EXPECT_THAT(run->environment, Contains(Pair("npm_config_registry", "https://r.example")));
  EXPECT_THAT(run->environment, Not(Contains(Pair(testing::_, "t"))));
}

TEST_F(PackageToolsTest, BuildsNothingForUsersWhoIgnoreScripts) {
  env.files["/g/node_modules/.package-lock.json"] = R"({"hasInstallScript": true})";
  ASSERT_TRUE(build_run(env, wanted, "/g"));
  env.files["/home/me/.npmrc"] = "fund=false\n ignore-scripts = true\n";
  EXPECT_FALSE(build_run(env, wanted, "/g"));
  env.files.erase("/home/me/.npmrc");
  env.environment["npm_config_ignore_scripts"] = "true";
  EXPECT_FALSE(build_run(env, wanted, "/g"));
}

TEST_F(PackageToolsTest, TakesTheManagerBesideARunnerThatWasNamedWithItsFolder) {
  wanted.runner = "/home/me/.nvm/versions/node/v22/bin/npx";
  EXPECT_EQ(manager_of(wanted), "/home/me/.nvm/versions/node/v22/bin/npm");
  wanted = {PackageCommand::Tool::kUv, "uvx", {"a"}, "a", {}, {}};
  EXPECT_EQ(manager_of(wanted), "uv");
}

TEST_F(PackageToolsTest, PutsAllOfUvsIntoTheFolder) {
  wanted = {PackageCommand::Tool::kUv, "uvx", {"server==1"}, "server", {"--python", "3.12"}, {}};
  env.environment["UV_INDEX_URL"] = "https://pypi.example/simple";
  env.files["/home/me/.config/uv/uv.toml"] = "";
  ToolRun run = fetch_run(env, wanted, "/g");
  EXPECT_THAT(run.argv, ElementsAre("uv", "tool", "install", "--python", "3.12", "server==1"));
  EXPECT_THAT(run.environment, Contains(Pair("UV_TOOL_BIN_DIR", "/g/bin")));
  EXPECT_THAT(run.environment, Contains(Pair("UV_TOOL_DIR", "/g/tools")));
  EXPECT_THAT(run.environment, Contains(Pair("UV_INDEX_URL", "https://pypi.example/simple")));
  EXPECT_THAT(run.environment, Contains(Pair("UV_CONFIG_FILE", "/home/me/.config/uv/uv.toml")));
  EXPECT_THAT(run.read, Contains("/home/me/.config/uv/uv.toml"));
  EXPECT_FALSE(run.environment.contains("npm_config_registry"));
  EXPECT_FALSE(build_run(env, wanted, "/g"));
}

TEST_F(PackageToolsTest, PutsAllOfPipxsIntoTheFolder) {
  wanted = {
      PackageCommand::Tool::kPipx, "pipx", {"server"}, "server", {"--pip-args=--find-links /wheels -x"}, {}};
  env.files["/wheels"] = "";
  ToolRun run = fetch_run(env, wanted, "/g");
  EXPECT_THAT(run.argv, ElementsAre("pipx", "install", "--pip-args=--find-links /wheels -x", "server"));
  EXPECT_THAT(run.read, Contains("/wheels"));
  EXPECT_THAT(run.environment, Contains(Pair("PIPX_BIN_DIR", "/g/bin")));
  EXPECT_THAT(run.environment, Contains(Pair("PIPX_HOME", "/g/pipx")));
}

}  // namespace
}  // namespace mcp::runtime
