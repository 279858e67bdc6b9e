#include "cmd/mcp/serve_reload.h"

#include <gmock/gmock.h>

#include "internal/base/fake_env.h"
#include "internal/config/approval.h"

namespace mcp::cmd {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

struct ServeReloadTest : testing::Test {
  ServeReloadTest() {
    env.environment = {{"HOME", "/home/me"}};
    sources.config_file = "/x/mcp.toml";
  }

  // What runs.
  void start(const std::string& toml) {
    env.files["/x/mcp.toml"] = toml;
    report = {};
    auto loaded = load_serve_config(env, sources, report);
    ASSERT_TRUE(loaded) << loaded.error().message;
    running = std::move(*loaded);
    note_secrets(env, running);
  }
  Result<NextConfig> next(const std::string& toml, Vanished vanished = Vanished::kRefused) {
    env.files["/x/mcp.toml"] = toml;
    return load(vanished);
  }
  Result<NextConfig> load(Vanished vanished = Vanished::kRefused) {
    report = {};
    return load_next(env, sources, running, vanished, report);
  }

  FakeEnv env;
  ServeSources sources;
  ServeConfig running;
  config::Report report;
};

TEST_F(ServeReloadTest, LiveKeysAreTakenOverAndNothingIsNamed) {
  start("[serve]\n");
  auto reloaded = next("[serve]\nmax_sessions = 7\norigins = [\"https://a.example\"]\nwatch = false\n");
  ASSERT_TRUE(reloaded) << reloaded.error().message;
  EXPECT_EQ(reloaded->config.max_sessions, 7u);
  EXPECT_FALSE(reloaded->config.watch);
  EXPECT_THAT(reloaded->need_restart, IsEmpty());
}

TEST_F(ServeReloadTest, KeysThatNeedARestartAreNamedAndKeepTheirValues) {
  start("[serve]\nlisten = \"127.0.0.1:1000\"\n");
  auto reloaded = next("[serve]\nlisten = \"127.0.0.1:2000\"\nlog_format = \"json\"\n");
  ASSERT_TRUE(reloaded);
  EXPECT_THAT(reloaded->need_restart, ElementsAre("listen", "log_format"));
  EXPECT_EQ(reloaded->config.port, 1000);
  EXPECT_EQ(reloaded->config.log_format, log::Format::kLogfmt);
  running = reloaded->config;
  EXPECT_EQ(load()->need_restart.size(), 2u) << "as long as they wait";
  EXPECT_THAT(next("[serve]\nlisten = \"127.0.0.1:1000\"\n")->need_restart, IsEmpty());
}

TEST_F(ServeReloadTest, AMistakeIsAnErrorWithItsPlace) {
  start("[serve]\n");
  auto refused = next("[serve]\nmax_session = 7\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/x/mcp.toml:2:1"));
}

TEST_F(ServeReloadTest, ATokenThatCannotBeReadIsAnError) {
  env.files["/t"] = "secret";
  start("[serve.tokens]\nada = \"file:/t\"\n");
  env.files.erase("/t");
  auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("[serve.tokens] ada"));
}

TEST_F(ServeReloadTest, ARotatedTokenIsRead) {
  env.files["/t"] = "secret";
  start("[serve.tokens]\nada = \"file:/t\"\n");
  env.files["/t"] = "rotated";
  auto reloaded = load();
  ASSERT_TRUE(reloaded);
  EXPECT_EQ(reloaded->tokens[0].text, "rotated");
}

TEST_F(ServeReloadTest, OpenToTheNetworkNeedsATokenUntilTheRestart) {
  start("[serve]\nlisten = \"0.0.0.0:80\"\n[serve.tokens]\nada = \"text:a\"\n");
  auto refused = next("[serve]\nlisten = \"127.0.0.1:80\"\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("0.0.0.0"));
  EXPECT_TRUE(next("[serve]\nlisten = \"127.0.0.1:80\"\n[serve.tokens]\nbob = \"text:b\"\n"));
}

TEST_F(ServeReloadTest, AServersSecretMakesAnotherEntry) {
  env.files["/s"] = "one";
  start("[servers.a]\ncommand = \"x\"\nenv = { K = \"file:/s\" }\n[servers.b]\ncommand = \"y\"\n");
  EXPECT_EQ(load()->config.servers, running.servers);
  env.files["/s"] = "two";
  auto reloaded = load();
  EXPECT_NE(reloaded->config.servers[0], running.servers[0]);
  EXPECT_EQ(reloaded->config.servers[1], running.servers[1]);
}

TEST_F(ServeReloadTest, AFileThatIsGoneIsRefusedUnlessItMayBe) {
  sources.config_file.clear();
  std::string user = "/home/me/.config/mcp/mcp.toml";
  env.files[user] = "[servers.a]\ncommand = \"x\"\n";
  config::Report ignored;
  running = *load_serve_config(env, sources, ignored);
  env.files.erase(user);
  auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(user + " is gone"));
  EXPECT_THAT(refused.error().hint, HasSubstr("SIGHUP"));
  EXPECT_TRUE(load(Vanished::kAllowed));
}

TEST_F(ServeReloadTest, NobodyIsAskedToApproveAChangedLocalFile) {
  sources.config_file.clear();
  sources.ask = [](const ApprovalRequest&) { return true; };
  env.files["/proj/mcp.toml"] = "[servers.a]\ncommand = \"x\"\n";
  config::Report ignored;
  running = *load_serve_config(env, sources, ignored);
  EXPECT_TRUE(load()) << "the same content was approved";
  env.files["/proj/mcp.toml"] = "[servers.a]\ncommand = \"rm\"\n";
  auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("not approved"));
}

TEST_F(ServeReloadTest, WatchesEveryFileThatMatters) {
  sources.config_file.clear();
  sources.reads_only = true;
  env.files["/proj/mcp.toml"] =
      "[serve.tokens]\nada = \"file:/run/ada\"\n"
      "[servers.a]\ncommand = \"x\"\nenv_file = \"/run/env\"\nenv = { K = \"file:/run/k\" }\n"
      "[servers.b]\nurl = \"http://x/\"\nheaders = { H = \"Bearer ${file:/run/h}\" }\n";
  config::Report ignored;
  running = *load_serve_config(env, sources, ignored);
  auto files = files_to_watch(env, sources, running);
  EXPECT_THAT(files, IsSupersetOf({"/etc/mcp/mcp.toml", "/home/me/.config/mcp/mcp.toml", "/proj/mcp.toml",
                                   "/proj/mcp.json", "/run/ada", "/run/env", "/run/k", "/run/h"}));
  EXPECT_THAT(files, Contains("/home/me/.local/state/mcp/approved"));
}

TEST_F(ServeReloadTest, ACommandOnTheCommandLineWatchesNoLocalFile) {
  sources.config_file.clear();
  sources.command = {"x"};
  EXPECT_THAT(files_to_watch(env, sources, running), testing::Not(Contains("/proj/mcp.toml")));
}

}  // namespace
}  // namespace mcp::cmd
