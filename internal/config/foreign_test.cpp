#include "internal/config/foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "internal/base/fake_env.h"
#include "internal/config/load.h"
#include "internal/config/render.h"
#include "internal/config/secret.h"
#include "internal/config/server_entry.h"

namespace mcp::config {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Tests run in the project's folder.
std::string fixture(const std::string& name) {
  std::ifstream file("tests/fixtures/config/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct ForeignTest : testing::Test {
  ForeignTest() {
    env.environment = {{"HOME", "/home/me"}, {"BRAVE_API_KEY", "br4ve"}, {"GITHUB_TOKEN", "gh"}};
  }

  Document parse(const std::string& content, const std::string& path = "/x/mcp.json") {
    return parse_file(schema, path, content, report);
  }
  ServerEntry entry(const Document& document, const std::string& name) {
    const Table* table = document.find("servers", name);
    if (table == nullptr) return {};
    return read_server(env, *table, report).value_or(ServerEntry{});
  }
  std::vector<std::string> messages(const std::vector<Error>& errors) {
    std::vector<std::string> all;
    for (const auto& error : errors) all.push_back(error.message);
    return all;
  }

  FakeEnv env;
  Schema schema{{servers_section({"echo", "time"})}};
  Report report;
};

TEST_F(ForeignTest, ReadsARealClaudeDesktopConfig) {
  auto document = parse(fixture("claude_desktop_config.json"), "/x/claude_desktop_config.json");
  ASSERT_TRUE(report.ok()) << report.errors()[0].message;

  auto files = entry(document, "filesystem");
  EXPECT_EQ(files.command, "npx");
  EXPECT_EQ(files.args.size(), 4u);
  EXPECT_EQ(files.origin, "/x/claude_desktop_config.json:8");
  EXPECT_FALSE(files.prefix);

  auto search = entry(document, "brave-search");
  auto variables = resolve_environment(env, search);
  ASSERT_TRUE(variables);
  EXPECT_THAT(*variables, ElementsAre(Pair("BRAVE_API_KEY", "br4ve"), Pair("RESULTS", "10")));

  auto sqlite = entry(document, "sqlite");
  EXPECT_THAT(sqlite.args, ElementsAre("mcp-server-sqlite", "--db-path", "/home/me/notes.db"));
  EXPECT_EQ(resolve_environment(env, sqlite)->at("DATABASE_URL"), "file:./notes.db");

  EXPECT_EQ(entry(document, "linear").name, "") << "it is disabled";
  EXPECT_TRUE(report.ok());
  EXPECT_THAT(
      messages(report.warnings()),
      ElementsAre(
          "/x/claude_desktop_config.json:17:5: server \"GitHub\" is called \"github\" here",
          "/x/claude_desktop_config.json:24:5: server \"Brave Search\" is called \"brave-search\" here",
          "/x/claude_desktop_config.json:31:7: server \"Brave Search\": key \"autoApprove\" has no meaning "
          "here"));
}

TEST_F(ForeignTest, ReadsARealVsCodeFile) {
  auto document = parse(fixture("vscode_mcp.json"), "/w/.vscode/mcp.json");
  ASSERT_TRUE(report.ok()) << report.errors()[0].message;

  auto github = entry(document, "github");
  EXPECT_EQ(github.kind, ServerEntry::Kind::kUrl);
  EXPECT_EQ(github.url, "https://api.githubcopilot.com/mcp/");
  auto headers = resolve_headers(env, github);
  ASSERT_TRUE(headers);
  EXPECT_THAT(*headers,
              ElementsAre(Pair("Authorization", "Bearer gh"), Pair("X-MCP-Toolsets", "repos,issues")));

  env.files["/w/.env"] = "A=1\n";
  auto everything = entry(document, "everything");
  EXPECT_THAT(everything.args, ElementsAre("-y", "@modelcontextprotocol/server-everything", "/w"));
  EXPECT_EQ(everything.directory, "/w/tools");
  auto variables = resolve_environment(env, everything);
  ASSERT_TRUE(variables) << variables.error().message;
  EXPECT_THAT(*variables, ElementsAre(Pair("A", "1"), Pair("LOG_LEVEL", "info")));

  auto old = entry(document, "old-remote");
  EXPECT_EQ(old.url, "http://localhost:3001/sse");
  EXPECT_EQ(old.transport, ServerEntry::Transport::kSse);
  EXPECT_TRUE(report.ok());
}

TEST_F(ForeignTest, InputPromptsAreANamedErrorWithARemedy) {
  parse(fixture("vscode_inputs.json"), "/w/.vscode/mcp.json");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message,
            "/w/.vscode/mcp.json:11:31: server \"perplexity\": \"${input:perplexity-key}\" asks a person, "
            "and nobody is asked here");
  EXPECT_EQ(report.errors()[0].hint, "write \"${env:NAME}\" or \"${file:/PATH}\" in its place");
}

TEST_F(ForeignTest, TwoNamesThatBecomeOneAreAnError) {
  parse("{\"mcpServers\": {\"My Server\": {\"command\": \"a\"},\n\"my-server\": {\"command\": \"b\"}}}");
  EXPECT_THAT(
      messages(report.errors()),
      ElementsAre(
          "/x/mcp.json:2:1: servers \"My Server\" and \"my-server\" would both be called \"my-server\""));
}

TEST_F(ForeignTest, AMissingVariableIsNamedUnlessItHasADefault) {
  auto document =
      parse("{\"mcpServers\": {\"a\": {\"command\": \"x\",\n\"args\": [\"${NONE:-d}\", \"${NONE}\"]}}}");
  entry(document, "a");
  EXPECT_THAT(messages(report.errors()),
              ElementsAre("/x/mcp.json:2:1: [servers.a] args: environment variable \"NONE\" is not set"));
}

TEST_F(ForeignTest, AFilesContentMustNotReachACommandLine) {
  auto document = parse(R"({"mcpServers": {"a": {"command": "x", "args": ["${file:/run/token}"]}}})");
  entry(document, "a");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].hint, "put the secret into env or headers");
}

TEST_F(ForeignTest, APromptIsReportedOnceAndNothingIsDerivedFromIt) {
  auto document = parse(
      R"({"mcpServers": {"a": {"command": "${input:x}", "args": ["${input:y}"], "env": {"A": "${input:z}"}}}})");
  ASSERT_NE(document.find("servers", "a"), nullptr);
  EXPECT_FALSE(document.find("servers", "a")->sound);
  EXPECT_EQ(report.errors().size(), 3u);
}

TEST_F(ForeignTest, WrongFilesAreNamedByLineAndRemedy) {
  struct Case {
    const char* content;
    const char* message;
    const char* hint;
  };
  for (const auto& [content, message, hint] : {
           Case{"{\n\"mcpServer\": {}}", "2:1: no \"mcpServers\" and no \"servers\" in it",
                "did you mean \"mcpServers\" instead of \"mcpServer\"?"},
           Case{"{}", "1:1: no \"mcpServers\" and no \"servers\" in it",
                "expected {\"mcpServers\": {…}} or {\"servers\": {…}}"},
           Case{"[]", "1:1: must be a table, not a list",
                "write {\"mcpServers\": {\"NAME\": {\"command\": \"…\"}}}"},
           Case{"{\"mcpServers\": {},\n\"servers\": {}}", "2:1: both \"mcpServers\" and \"servers\"",
                "keep one of them"},
           Case{"{\"mcpServers\": {},\n\"serve\": {}}", "2:1: [serve] cannot be set in a JSON file",
                "put it into mcp.toml"},
           Case{"{\"mcpServers\":\n []}", "2:2: \"mcpServers\" must be a table, not a list",
                "write \"mcpServers\": {\"NAME\": {\"command\": \"…\"}}"},
           Case{"{\"mcpServers\": {\n\"a\": \"npx\"}}", "2:1: \"servers.a\" must be a section, not a string",
                "write [servers.NAME] and its keys below"},
           Case{"{\"mcpServers\": {\"a\": {\"command\":\n 7}}}",
                "2:2: [servers.a] command: must be a string, not an integer",
                "for example command = \"text\""},
           Case{"{\"mcpServers\": {\"a\": {\"command\": \"x\", \"args\":\n \"y\"}}}",
                "2:2: [servers.a] args: must be a list of strings, not a string",
                "for example args = [\"one\", \"two\"]"},
           Case{"{\"mcpServers\": {\"a\": {\"command\": \"x\", \"env\": {\"K\":\n []}}}}",
                "2:2: [servers.a] env \"K\": must be a string, not a list",
                "write text in quotes; a secret may be file:PATH or env:NAME"},
           Case{"{\"mcpServers\": {\"a\": {\"command\": \"x\", \"disabled\":\n 1}}}",
                "2:2: server \"a\": disabled must be true or false", ""},
           Case{"{\"mcpServers\": {\"a\": {\"command\": \"x\", \"type\":\n \"ws\"}}}",
                "2:2: server \"a\": type must be \"stdio\", \"http\" or \"sse\"",
                "MCP has no WebSocket transport: give the server's http:// or https:// address"},
           Case{"{\"mcpServers\": {\n\"日本\": {\"command\": \"x\"}}}",
                "2:1: nothing of the server name \"日本\" can be used: 1 to 24 of a-z, 0-9 and -",
                "rename it"},
       }) {
    report = {};
    parse(content);
    ASSERT_FALSE(report.ok()) << content;
    EXPECT_EQ(report.errors()[0].message, std::string("/x/mcp.json:") + message);
    EXPECT_EQ(report.errors()[0].hint, hint);
  }
}

TEST_F(ForeignTest, RendersAsTomlThatMeansTheSame) {
  for (const char* name : {"claude_desktop_config.json", "vscode_mcp.json"}) {
    auto document = parse(fixture(name), "/w/.vscode/mcp.json");
    auto toml = render_toml(schema, document, {.defaults = false, .secrets = true});
    auto again = parse_file(schema, "/w/.vscode/mcp.toml", toml, report);
    ASSERT_TRUE(report.ok()) << report.errors()[0].message << "\n" << toml;
    ASSERT_EQ(again.tables.size(), document.tables.size());
    for (std::size_t i = 0; i < again.tables.size(); ++i) {
      EXPECT_EQ(again.tables[i].name, document.tables[i].name);
      auto one = read_server(env, document.tables[i], report),
           two = read_server(env, again.tables[i], report);
      ASSERT_EQ(one.has_value(), two.has_value());
      if (!one) continue;
      EXPECT_EQ(describe(*one), describe(*two));
      EXPECT_EQ(one->env, two->env);
      EXPECT_EQ(one->headers, two->headers);
      EXPECT_EQ(one->directory, two->directory);
      EXPECT_EQ(one->show_arguments, two->show_arguments);
    }
  }
}

TEST_F(ForeignTest, TakesTheKeysOfASandboxThatOtherProgramsPassOver) {
  env.files["/data"] = "";
  auto document = parse(R"({"mcpServers": {
    "a": {"command": "npx", "args": ["-y", "server", "/data"]},
    "b": {"command": "x", "write": ["/data"], "network": "host", "memory": "64M", "install": "never",
          "show_arguments": false},
    "c": {"url": "https://example.com/mcp"}}})");
  auto a = entry(document, "a"), b = entry(document, "b"), c = entry(document, "c");
  ASSERT_TRUE(report.ok()) << report.errors()[0].message;
  EXPECT_THAT(messages(report.warnings()), ElementsAre());
  EXPECT_TRUE(a.show_arguments);
  EXPECT_EQ(a.policy.profile, "runtime");
  EXPECT_FALSE(b.show_arguments);
  EXPECT_THAT(b.policy.write, ElementsAre("/data"));
  EXPECT_EQ(b.policy.network, sandbox::Network::kHost);
  EXPECT_EQ(b.policy.limits.memory, 64u << 20);
  EXPECT_EQ(b.install, ServerEntry::Install::kNever);
  EXPECT_EQ(c.kind, ServerEntry::Kind::kUrl);
}

TEST(IsOwnServe, RecognisesOurselvesAndNobodyElse) {
  EXPECT_TRUE(is_own_serve("mcp", {"serve", "--stdio"}, ""));
  EXPECT_TRUE(is_own_serve("/usr/local/bin/mcp", {"--verbose", "serve"}, ""));
  EXPECT_TRUE(is_own_serve("/opt/mcp-1.2", {"serve"}, "/opt/mcp-1.2"));
  EXPECT_FALSE(is_own_serve("mcp", {"call"}, ""));
  EXPECT_FALSE(is_own_serve("npx", {"serve"}, ""));
  EXPECT_FALSE(is_own_serve("mcp-proxy", {"serve"}, ""));
}

TEST_F(ForeignTest, NamesTheKeyOrTransportThatMayBeMeant) {
  parse(
      R"({"mcpServers":{"a":{"comand":"npx","command":"npx","autoApprove":[]},"b":{"type":"ws","url":"wss://x/"}}})");
  ASSERT_EQ(report.warnings().size(), 2u);
  EXPECT_EQ(report.warnings()[0].hint, "did you mean \"command\"?");
  EXPECT_EQ(report.warnings()[1].hint, "");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.errors()[0].hint,
            "MCP has no WebSocket transport: give the server's http:// or https:// address");
}

}  // namespace
}  // namespace mcp::config
