#include "internal/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::config {
namespace {

using testing::ElementsAre;

const Schema& schema() {
  static const Schema kSchema{{
      {.name = "serve",
       .help = "",
       .keys = {{.name = "listen", .fallback = "127.0.0.1:8080", .flag = "--listen"},
                {.name = "batch", .type = Type::kBoolean, .fallback = "false"},
                {.name = "idle", .type = Type::kDuration, .fallback = "30m", .max = 86'400'000},
                {.name = "origins", .type = Type::kStringList},
                {.name = "sessions", .type = Type::kInteger, .fallback = "1000", .min = 1, .max = 2000},
                {.name = "tokens", .type = Type::kSecretMap}}},
      {.name = "servers",
       .help = "",
       .repeated = true,
       .keys = {{.name = "command"},
                {.name = "url"},
                {.name = "prefix", .fallback = "NAME__"},
                {.name = "args", .type = Type::kStringList},
                {.name = "enabled", .type = Type::kBoolean, .fallback = "true"}},
       .defining = {"command", "url"}},
  }};
  return kSchema;
}

struct LoadTest : testing::Test {
  LoadTest() { env.environment["HOME"] = "/home/me"; }

  Document load_all(Sources sources = {}) { return load(env, schema(), sources, report); }
  std::string listen(Sources sources = {}) { return load_all(sources).find("serve")->text("listen"); }
  static std::string serve(const std::string& listen) { return "[serve]\nlisten = \"" + listen + "\"\n"; }

  FakeEnv env;
  Report report;
};

TEST_F(LoadTest, EachSourceOverridesTheOnesBelow) {
  EXPECT_EQ(listen(), "127.0.0.1:8080");
  env.files["/etc/mcp/mcp.toml"] = serve("system:1");
  EXPECT_EQ(listen(), "system:1");
  env.files["/home/me/.config/mcp/mcp.toml"] = serve("user:1");
  EXPECT_EQ(listen(), "user:1");
  env.files["/proj/mcp.toml"] = serve("local:1");
  EXPECT_EQ(listen(), "local:1");
  env.environment["MCP_SERVE_LISTEN"] = "variable:1";
  EXPECT_EQ(listen(), "variable:1");
  EXPECT_EQ(listen({.flags = {{"serve", "listen", "flag:1"}}}), "flag:1");
  EXPECT_TRUE(report.ok());
}

TEST_F(LoadTest, SaysWhereEachValueCameFrom) {
  env.files["/proj/mcp.toml"] = "[serve]\nbatch = true\n";
  env.environment["MCP_SERVE_IDLE"] = "1h";
  auto document = load_all({.flags = {{"serve", "listen", "flag:1"}}});
  const Table& table = *document.find("serve");
  EXPECT_EQ(table.find("batch")->origin.to_string(), "/proj/mcp.toml:2:1");
  EXPECT_EQ(table.find("idle")->origin.to_string(), "environment variable MCP_SERVE_IDLE");
  EXPECT_EQ(table.find("listen")->origin.to_string(), "--listen");
  EXPECT_EQ(table.find("sessions")->origin.to_string(), "default");
}

TEST_F(LoadTest, XdgConfigHomeComesBeforeHomeAndMustBeAbsolute) {
  env.files["/home/me/.config/mcp/mcp.toml"] = serve("home:1");
  env.files["/xdg/mcp/mcp.toml"] = serve("xdg:1");
  env.environment["XDG_CONFIG_HOME"] = "/xdg";
  EXPECT_EQ(listen(), "xdg:1");
  env.environment["XDG_CONFIG_HOME"] = "relative";
  EXPECT_EQ(listen(), "home:1");
}

TEST_F(LoadTest, ANamedFileStandsInPlaceOfTheLocalOne) {
  env.files["/etc/mcp/mcp.toml"] = "[serve]\nbatch = true\n";
  env.files["/proj/mcp.toml"] = serve("local:1");
  env.files["/proj/other.toml"] = serve("named:1");
  auto document = load_all({.file = "other.toml"});
  EXPECT_EQ(document.find("serve")->text("listen"), "named:1");
  EXPECT_TRUE(document.find("serve")->boolean("batch"));
  EXPECT_THAT(document.files, ElementsAre("/etc/mcp/mcp.toml", "/proj/other.toml"));
}

TEST_F(LoadTest, ANamedFileThatIsMissingIsAnError) {
  load_all({.file = "/nowhere.toml"});
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message, "configuration file: open /nowhere.toml: No such file or directory");
}

TEST_F(LoadTest, AFileThatCannotBeReadIsAnErrorAndNotSkipped) {
  env.failing["/etc/mcp/mcp.toml"] = ErrorCode::kDenied;
  load_all();
  EXPECT_FALSE(report.ok());
}

TEST_F(LoadTest, RefusesAFileOneByteOverTheLimit) {
  env.files["/proj/mcp.toml"] = "#" + std::string((1 << 20) - 1, 'x');
  load_all();
  EXPECT_TRUE(report.ok());
  env.files["/proj/mcp.toml"] += "x";
  load_all();
  EXPECT_FALSE(report.ok());
}

TEST_F(LoadTest, McpJsonIsReadOnlyWithoutMcpToml) {
  env.files["/proj/mcp.json"] = R"({"mcpServers": {"a": {"command": "x"}}})";
  EXPECT_NE(load_all().find("servers", "a"), nullptr);
  env.files["/proj/mcp.toml"] = serve("local:1");
  EXPECT_EQ(load_all().find("servers", "a"), nullptr);
}

TEST_F(LoadTest, AServerThatSaysWhatToStartReplacesTheLowerOne) {
  env.files["/etc/mcp/mcp.toml"] = "[servers.a]\ncommand = \"x\"\nargs = [\"1\"]\n";
  env.files["/proj/mcp.toml"] = "[servers.a]\nurl = \"http://x/\"\n";
  auto document = load_all();
  const Table& a = *document.find("servers", "a");
  EXPECT_EQ(a.find("command"), nullptr);
  EXPECT_TRUE(a.list("args").empty());
  EXPECT_EQ(a.text("url"), "http://x/");
}

TEST_F(LoadTest, AServerThatDoesNotSayWhatToStartAmendsTheLowerOne) {
  env.files["/etc/mcp/mcp.toml"] = "[servers.a]\ncommand = \"x\"\nargs = [\"1\"]\n";
  env.files["/proj/mcp.toml"] = "[servers.a]\nenabled = false\n";
  auto document = load_all();
  const Table& a = *document.find("servers", "a");
  EXPECT_EQ(a.text("command"), "x");
  EXPECT_THAT(a.list("args"), ElementsAre("1"));
  EXPECT_FALSE(a.boolean("enabled"));
}

TEST_F(LoadTest, TokensOfAllFilesAreJoined) {
  env.files["/etc/mcp/mcp.toml"] = "[serve.tokens]\na = \"file:/a\"\nb = \"file:/b\"\n";
  env.files["/proj/mcp.toml"] = "[serve.tokens]\nb = \"file:/c\"\n";
  auto document = load_all();
  auto tokens = document.find("serve")->entries("tokens");
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].second.text, "file:/a");
  EXPECT_EQ(tokens[1].second.text, "file:/c");
}

TEST_F(LoadTest, AListFromTheEnvironmentIsSeparatedByCommas) {
  env.environment["MCP_SERVE_ORIGINS"] = "http://a, http://b,";
  EXPECT_THAT(load_all().find("serve")->list("origins"), ElementsAre("http://a", "http://b"));
}

TEST_F(LoadTest, DefaultsKnowTheNameOfTheirTable) {
  env.files["/proj/mcp.toml"] = "[servers.files]\ncommand = \"x\"\n";
  EXPECT_EQ(load_all().find("servers", "files")->text("prefix"), "files__");
}

TEST_F(LoadTest, AWrongVariableIsNamed) {
  env.environment["MCP_SERVE_SESSIONS"] = "many";
  env.environment["MCP_SERVE_LISTN"] = "x";
  load_all();
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message,
            "environment variable MCP_SERVE_SESSIONS: \"many\" is not an integer");
  EXPECT_EQ(report.errors()[0].hint, "for example MCP_SERVE_SESSIONS=1000");
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_EQ(report.warnings()[0].message, "environment variable MCP_SERVE_LISTN: names no setting");
  EXPECT_EQ(report.warnings()[0].hint, "did you mean MCP_SERVE_LISTEN?");
}

TEST_F(LoadTest, AWrongFlagIsNamed) {
  load_all({.flags = {{"serve", "sessions", "0"}}});
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message, "--sessions: 0 is less than 1");
  EXPECT_EQ(report.errors()[0].hint, "write --sessions 1000");
}

TEST_F(LoadTest, AWrongBooleanOfTheEnvironmentIsAnsweredInItsOwnSpelling) {
  env.environment["MCP_SERVE_BATCH"] = "maybe";
  load_all();
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message,
            "environment variable MCP_SERVE_BATCH: \"maybe\" is neither true nor false");
  EXPECT_EQ(report.errors()[0].hint, "for example MCP_SERVE_BATCH=true");
}

TEST_F(LoadTest, SyntaxErrorsHaveARemedy) {
  struct Case {
    const char* file;
    const char* content;
    const char* hint;
  };
  for (const auto& [file, content, hint] :
       {Case{"/x.toml", "[serve\n", "lines are [TABLE] or KEY = VALUE"},
        Case{"/x.toml", "[serve]\n[serve]\n", "a table or key stands once"},
        Case{"/x.json", "{\"mcpServers\": {]}", "look for a comma, quote or bracket"},
        Case{"/x.json", "{\"a\": 1, \"a\": 2}", "remove one of the two"},
        Case{"/x.json", "[]", "write {\"mcpServers\": {"},
        Case{"/x.json", "{\"mcpServers\": [\"a\"]}", "write \"mcpServers\": {\"NAME\": {"}}) {
    env.files = {{file, content}};
    report = {};
    EXPECT_FALSE(load_all({.file = file}).whole) << content;
    ASSERT_EQ(report.errors().size(), 1u) << content;
    EXPECT_THAT(report.errors()[0].hint, testing::StartsWith(hint)) << report.errors()[0].message;
  }
}

TEST_F(LoadTest, OnlyARegularFileIsConfiguration) {
  load_all({.file = "/dev/zero"});
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message, "configuration file: /dev/zero is not a regular file");
}

TEST_F(LoadTest, WhatIsRightOfAFileWithMistakesIsLoadedAndTheTableMarked) {
  env.files["/proj/mcp.toml"] = "[servers.a]\ncommnd = \"x\"\n[servers.b]\ncommand = \"y\"\n";
  auto document = load_all();
  EXPECT_FALSE(report.ok());
  ASSERT_NE(document.find("servers", "b"), nullptr);
  EXPECT_TRUE(document.find("servers", "b")->sound);
  EXPECT_FALSE(document.find("servers", "a")->sound);
  EXPECT_TRUE(document.whole);
}

TEST_F(LoadTest, NobodyIsAskedAboutALocalFileWithMistakes) {
  env.files["/proj/mcp.toml"] = "[serve]\nlisten = \"local:1\"\nbatch = 1\n";
  bool asked = false;
  Sources sources{.gate = [&](const LocalFile&) -> Result<void> {
    asked = true;
    return {};
  }};
  EXPECT_EQ(listen(sources), "127.0.0.1:8080");
  EXPECT_FALSE(asked);
}

TEST_F(LoadTest, TheGateSeesTheLocalFileBeforeItTakesEffect) {
  env.files["/proj/mcp.toml"] = serve("local:1");
  std::string seen;
  Sources sources{.gate = [&](const LocalFile& file) -> Result<void> {
    seen = file.path + " " + file.parsed.find("serve")->text("listen");
    return fail(ErrorCode::kDenied, "no");
  }};
  EXPECT_EQ(listen(sources), "127.0.0.1:8080");
  EXPECT_EQ(seen, "/proj/mcp.toml local:1");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].code, ErrorCode::kDenied);
}

TEST_F(LoadTest, TheGateIsNotAskedForNamedAndInstalledFiles) {
  env.files["/etc/mcp/mcp.toml"] = serve("system:1");
  env.files["/home/me/.config/mcp/mcp.toml"] = serve("user:1");
  env.files["/proj/mcp.toml"] = serve("named:1");
  Sources sources{.file = "/proj/mcp.toml",
                  .gate = [](const LocalFile&) -> Result<void> { return fail(ErrorCode::kDenied, "no"); }};
  EXPECT_EQ(listen(sources), "named:1");
  EXPECT_TRUE(report.ok());
}

TEST_F(LoadTest, EveryMistakeOfEveryFileIsReported) {
  env.files["/etc/mcp/mcp.toml"] = "[serve]\nlisen = \"x\"\nbatch = 1\n";
  env.files["/proj/mcp.toml"] = "[server]\n[serve]\nidle = \"soon\"\n";
  load_all();
  ASSERT_EQ(report.errors().size(), 4u);
  EXPECT_EQ(report.errors()[0].message, "/etc/mcp/mcp.toml:2:1: unknown key \"lisen\" in [serve]");
  EXPECT_EQ(report.first().hint, "did you mean \"listen\"?; and 3 more: mcp config check lists them");
}

TEST_F(LoadTest, AMistakeShowsNoControlCharactersOfItsFile) {
  env.files["/proj/mcp.toml"] = "[serve]\n\"lis\\u001b[31mten\\u0000\" = 1\n";
  load_all();
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message,
            "/proj/mcp.toml:2:1: unknown key \"lis\\u001b[31mten\\u0000\" in [serve]");
}

TEST_F(LoadTest, TheListOfMistakesIsBounded) {
  std::string text = "[serve]\n";
  for (int i = 0; i < 200; ++i) text += "k" + std::to_string(i) + " = 1\n";
  env.files["/proj/mcp.toml"] = text;
  load_all();
  EXPECT_EQ(report.errors().size(), Report::kMaxEach);
  EXPECT_EQ(report.errors().back().message, "too many mistakes: the rest is not listed");
}

}  // namespace
}  // namespace mcp::config
