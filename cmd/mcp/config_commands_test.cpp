#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cmd/mcp/config_check.h"
#include "cmd/mcp/config_import.h"
#include "cmd/mcp/config_show.h"
#include "cmd/mcp/serve_config.h"
#include "internal/base/fake_env.h"
#include "internal/json/value.h"

namespace mcp::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;

// Tests run in the project's folder.
std::string project_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct ConfigCommandsTest : testing::Test {
  ConfigCommandsTest() { env.environment = {{"HOME", "/home/me"}}; }

  template <class Options>
  int run_it(const Options& options) {
    out.str("");
    err.str("");
    return run(options, env, out, err);
  }

  FakeEnv env;
  std::ostringstream out, err;
};

TEST_F(ConfigCommandsTest, CheckListsEveryErrorWithItsHintAndExits4) {
  env.files["/proj/mcp.toml"] = "[serve]\nlisen = \"x\"\nbatch = 1\n";
  EXPECT_EQ(run_it(ConfigCheckOptions{}), 4);
  EXPECT_EQ(err.str(),
            "mcp: error: /proj/mcp.toml:2:1: unknown key \"lisen\" in [serve]\n"
            "mcp: hint: did you mean \"listen\"?\n"
            "mcp: error: /proj/mcp.toml:3:9: [serve] batch: must be true or false, not an integer\n"
            "mcp: hint: for example batch = true\n");
  EXPECT_EQ(out.str(), "");
}

TEST_F(ConfigCommandsTest, ImportDoesNotWaitForAPipe) {
  std::string pipe = testing::TempDir() + "import-pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(run(ConfigImportOptions{.file = pipe}, real_env(), out, err), 4);
  ::unlink(pipe.c_str());
  EXPECT_EQ(err.str(), "mcp: error: " + pipe +
                           " is not a regular file\n"
                           "mcp: hint: pipes, devices and folders are not read: write it into a file\n");
}

TEST_F(ConfigCommandsTest, CheckNeedsNoApprovalAndSaysWhatIsServed) {
  env.files["/x/mcp.toml"] = "[servers.a]\ncommand = \"npx\"\nargs = [\"-y\", \"b\"]\n";
  EXPECT_EQ(run_it(ConfigCheckOptions{.file = "/x/mcp.toml"}), 0) << err.str();
  EXPECT_EQ(out.str(), "/x/mcp.toml: ok\nserver a: npx -y b\n");
}

TEST_F(ConfigCommandsTest, CheckAsJsonHasEveryErrorAndNothingOnStandardError) {
  env.files["/proj/mcp.toml"] = "[serve]\nlisen = \"x\"\nbatch = 1\n";
  EXPECT_EQ(run_it(ConfigCheckOptions{.json = true}), 4);
  EXPECT_EQ(err.str(), "");
  auto wrong = json::parse(out.str()).value();
  EXPECT_EQ(wrong["ok"], false);
  ASSERT_EQ(wrong["errors"].size(), 2u);
  EXPECT_THAT(wrong["errors"][0]["message"].get<std::string>(), HasSubstr("/proj/mcp.toml:2:1"));
  EXPECT_EQ(wrong["errors"][0]["hint"], "did you mean \"listen\"?");
  env.files["/proj/mcp.toml"] = "[servers.a]\ncommand = \"npx\"\n";
  EXPECT_EQ(run_it(ConfigCheckOptions{.json = true}), 0);
  auto right = json::parse(out.str()).value();
  EXPECT_EQ(right["ok"], true);
  EXPECT_EQ(right["files"][0], "/proj/mcp.toml");
  EXPECT_EQ(right["servers"][0]["name"], "a");
  EXPECT_EQ(right["unapproved"][0], "/proj/mcp.toml");
  EXPECT_EQ(right["errors"].size() + right["warnings"].size(), 0u);
}

TEST_F(ConfigCommandsTest, CheckSaysThatALocalFileIsNotApprovedYet) {
  env.files["/proj/mcp.toml"] = "[servers.a]\ncommand = \"npx\"\n";
  EXPECT_EQ(run_it(ConfigCheckOptions{}), 0);
  EXPECT_THAT(out.str(), HasSubstr("/proj/mcp.toml: not approved yet: mcp serve asks on a terminal"));
  EXPECT_EQ(run_it(ConfigCheckOptions{.file = "mcp.toml"}), 0);
  EXPECT_THAT(out.str(), Not(HasSubstr("not approved")));
  config::Report report;
  ASSERT_TRUE(load_serve_config(env, {.ask = [](const ApprovalRequest&) { return true; }}, report));
  EXPECT_EQ(run_it(ConfigCheckOptions{}), 0);
  EXPECT_THAT(out.str(), Not(HasSubstr("not approved")));
}

TEST_F(ConfigCommandsTest, CheckOfAMissingFileExits4) {
  EXPECT_EQ(run_it(ConfigCheckOptions{.file = "/none"}), 4);
}

TEST_F(ConfigCommandsTest, ShowPrintsEffectiveValuesWithTheirOrigin) {
  env.files["/proj/mcp.toml"] = "[serve]\nbatch = true\n[servers.clock]\nbuiltin = \"time\"\n";
  env.environment["MCP_SERVE_LISTEN"] = "127.0.0.1:1";
  EXPECT_EQ(run_it(ConfigShowOptions{.origin = true}), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("listen = \"127.0.0.1:1\"  # environment variable MCP_SERVE_LISTEN\n"));
  EXPECT_THAT(out.str(), HasSubstr("batch = true  # /proj/mcp.toml:2:1\n"));
  EXPECT_THAT(out.str(), HasSubstr("max_sessions = 1000  # default\n"));
  EXPECT_THAT(out.str(), HasSubstr("[servers.clock]\nbuiltin = \"time\"  # /proj/mcp.toml:4:1\n"));
  EXPECT_THAT(out.str(), HasSubstr("prefix = \"clock__\"  # default\n"));
}

TEST_F(ConfigCommandsTest, ShowPrintsWhatTheLoaderReads) {
  env.files["/proj/mcp.toml"] =
      "[serve]\nbatch = true\n[servers.clock]\nbuiltin = \"time\"\n[servers.run]\ncommand = \"x\"\n";
  ASSERT_EQ(run_it(ConfigShowOptions{}), 0);
  env.files["/proj/mcp.toml"] = out.str();
  EXPECT_EQ(run_it(ConfigCheckOptions{}), 0) << err.str();
}

TEST_F(ConfigCommandsTest, ShowNeverPrintsASecret) {
  env.environment["TOKEN"] = "fr0m-variable";
  env.files["/run/token"] = "fr0m-file";
  env.files["/proj/mcp.toml"] = R"([serve.tokens]
alice = "file:/run/token"
bob = "s3cret"
[servers.a]
command = "x"
env = { A = "env:TOKEN", B = "s3cret", C = "${TOKEN}", D = "text:s3cret", E = "${NONE:-s3cret}" }
)";
  for (bool json : {false, true}) {
    ASSERT_EQ(run_it(ConfigShowOptions{.origin = true, .json = json}), 0) << err.str();
    EXPECT_THAT(out.str(), Not(HasSubstr("s3cret")));
    EXPECT_THAT(out.str(), Not(HasSubstr("fr0m")));
    EXPECT_THAT(out.str(), HasSubstr("file:/run/token"));
    EXPECT_THAT(out.str(), HasSubstr("(hidden)"));
  }
}

TEST_F(ConfigCommandsTest, ImportPrintsTomlThatTheLoaderReads) {
  env.files["/x/claude.json"] = project_file("tests/fixtures/config/claude_desktop_config.json");
  ASSERT_EQ(run_it(ConfigImportOptions{.file = "/x/claude.json"}), 0) << err.str();
  EXPECT_THAT(err.str(), HasSubstr("server \"gateway\" is this gateway itself and is left out"));
  EXPECT_THAT(err.str(), HasSubstr("[servers.github] env \"GITHUB_PERSONAL_ACCESS_TOKEN\" is plain text"));
  EXPECT_THAT(err.str(), Not(HasSubstr("ghp_")));
  EXPECT_THAT(err.str(), Not(HasSubstr("\"RESULTS\" is plain text")));
  env.files["/proj/mcp.toml"] = out.str();
  EXPECT_EQ(run_it(ConfigCheckOptions{}), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("server filesystem: npx -y"));
}

TEST_F(ConfigCommandsTest, ImportKeepsWhatRelativePathsMean) {
  env.files["/x/mcp.json"] =
      R"({"mcpServers": {"a": {"command": "x", "cwd": "sub", "envFile": "/abs/.env"}}})";
  ASSERT_EQ(run_it(ConfigImportOptions{.file = "/x/mcp.json"}), 0);
  EXPECT_THAT(out.str(), HasSubstr("directory = \"/x/sub\""));
  EXPECT_THAT(out.str(), HasSubstr("env_file = \"/abs/.env\""));
}

TEST_F(ConfigCommandsTest, ImportWritesOnlyWhereNoFileIs) {
  env.files["/proj/vs.json"] = project_file("tests/fixtures/config/vscode_mcp.json");
  ASSERT_EQ(run_it(ConfigImportOptions{.file = "vs.json", .write = true}), 0) << err.str();
  EXPECT_EQ(out.str(), "wrote /proj/mcp.toml\n");
  EXPECT_EQ(env.modes["/proj/mcp.toml"], 0600);
  std::string first = env.files["/proj/mcp.toml"];
  EXPECT_EQ(run_it(ConfigImportOptions{.file = "vs.json", .write = true}), 4);
  EXPECT_THAT(err.str(), HasSubstr("mcp: error: /proj/mcp.toml is there already\n"));
  EXPECT_EQ(env.files["/proj/mcp.toml"], first);
}

TEST_F(ConfigCommandsTest, ImportThatCannotWriteExits8) {
  env.files["/x/mcp.json"] = R"({"mcpServers": {}})";
  env.failing["/proj/mcp.toml"] = ErrorCode::kDenied;
  EXPECT_EQ(run_it(ConfigImportOptions{.file = "/x/mcp.json", .write = true}), 8);
}

TEST_F(ConfigCommandsTest, ImportOfPromptsPrintsNothingAndExits4) {
  env.files["/x/mcp.json"] = project_file("tests/fixtures/config/vscode_inputs.json");
  EXPECT_EQ(run_it(ConfigImportOptions{.file = "/x/mcp.json"}), 4);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(err.str(), HasSubstr("${input:perplexity-key}"));
}

TEST(ConfigurationReference, IsTheSchema) {
  std::string doc = project_file("docs/configuration.md");
  std::string reference = config::reference_markdown(configuration_schema());
  EXPECT_NE(doc.find(reference), std::string::npos) << "docs/configuration.md must contain:\n" << reference;
}

}  // namespace
}  // namespace mcp::cmd
