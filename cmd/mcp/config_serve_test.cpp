#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/mcp/serve_config.h"
#include "internal/base/fake_env.h"
#include "internal/config/approval.h"

namespace mcp::cmd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct ServeConfigTest : testing::Test {
  ServeConfigTest() { env.environment = {{"HOME", "/home/me"}}; }

  Result<ServeConfig> load(ServeSources sources = {.reads_only = true}) {
    report = {};
    return load_serve_config(env, sources, report);
  }
  Result<ServeConfig> load(const std::string& toml, ServeSources sources = {.reads_only = true}) {
    env.files["/proj/mcp.toml"] = toml;
    return load(std::move(sources));
  }
  static std::vector<std::string> names(const ServeConfig& config) {
    std::vector<std::string> all;
    for (const auto& server : config.servers) all.push_back(server.name);
    return all;
  }

  FakeEnv env;
  config::Report report;
};

TEST_F(ServeConfigTest, WithoutAnyFileTheBuiltInServersAreServedOnLoopback) {
  auto config = load(ServeSources{});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_EQ(config->port, 8080);
  EXPECT_THAT(names(*config), ElementsAre("echo", "time"));
  EXPECT_EQ(config->servers[0].prefix, "");
  EXPECT_EQ(config->max_sessions, 1000u);
  EXPECT_EQ(config->session_idle, std::chrono::minutes(30));
  EXPECT_EQ(config->max_body, 16u << 20);
  EXPECT_EQ(config->request_timeout.count(), 0);
  EXPECT_EQ(config->drain_deadline, std::chrono::seconds(10));
  EXPECT_EQ(config->replay_events, 256u);
  EXPECT_EQ(config->heartbeat, std::chrono::seconds(15));
  EXPECT_TRUE(config->streams);
  EXPECT_EQ(config->max_stream.count(), 0);
  EXPECT_FALSE(config->batch);
  EXPECT_EQ(config->state_directory, "/home/me/.local/state/mcp");
}

TEST_F(ServeConfigTest, ObservesWithoutBeingTold) {
  auto config = load();
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->metrics);
  EXPECT_FALSE(config->access_log);
  EXPECT_EQ(config->slow_call, std::chrono::milliseconds(100));
  EXPECT_EQ(config->otlp_endpoint, "");
}

TEST_F(ServeConfigTest, ReadsTheKeysOfItsInstruments) {
  auto config = load(R"([serve]
metrics = false
access_log = "on"
slow_call = "0"
otlp_endpoint = "https://collector.example.com:4318/base"
)");
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->metrics);
  EXPECT_TRUE(config->access_log);
  EXPECT_EQ(config->slow_call.count(), 0);
  EXPECT_EQ(config->otlp_endpoint, "https://collector.example.com:4318/base");
}

TEST_F(ServeConfigTest, TakesTheCollectorThatOtherProgramsAreTold) {
  env.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318";
  EXPECT_EQ(load()->otlp_endpoint, "http://127.0.0.1:4318");
  env.environment["MCP_SERVE_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
  EXPECT_EQ(load()->otlp_endpoint, "http://127.0.0.1:1") << "ours wins";
  env.environment["MCP_SERVE_OTLP_ENDPOINT"] = "";
  EXPECT_EQ(load()->otlp_endpoint, "") << "switched off";
}

TEST_F(ServeConfigTest, NamesItsOwnKeyForOneOfAnotherProgram) {
  auto hint_of = [this](const std::string& text) {
    auto config = load(text);
    EXPECT_FALSE(config) << text;
    return config ? std::string() : config.error().message + " | " + config.error().hint;
  };
  EXPECT_THAT(hint_of("[serve]\nmax_stream_seconds = 120\n"), HasSubstr("| max_stream = \"120s\""));
  EXPECT_THAT(hint_of("[serve]\nheartbeat_seconds = 15\n"), HasSubstr("| heartbeat = \"15s\""));
  EXPECT_THAT(hint_of("[servers.e]\nbuiltin = \"echo\"\nstreams = false\n"),
              HasSubstr("| streams = false in [serve]"));
}

TEST_F(ServeConfigTest, ReadsWhatItsCollectorIsShown) {
  env.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318";
  auto config = load("[serve.otlp_headers]\nx-api-key = \"file:key\"\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->otlp_headers.at("x-api-key"), "file:/proj/key");
  EXPECT_FALSE(config->otlp_endpoint_is_ours);
  env.environment["MCP_SERVE_OTLP_ENDPOINT"] = "";
  EXPECT_TRUE(load()->otlp_endpoint_is_ours);
  EXPECT_FALSE(load("[serve.otlp_headers]\n\"bad name\" = \"x\"\n"));
}

TEST_F(ServeConfigTest, RefusesACollectorThatIsNoAddress) {
  env.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317";
  EXPECT_FALSE(load());
  EXPECT_EQ(
      report.first().message,
      "environment variable OTEL_EXPORTER_OTLP_ENDPOINT: \"collector:4317\" is not an http:// or https:// "
      "address");
}

TEST_F(ServeConfigTest, ReadsEveryKeyOfServe) {
  auto config = load(R"([serve]
listen = "[::1]:0"
origins = ["https://app.example.com", "http://localhost:3000"]
allowed_hosts = ["mcp.example.com", "mcp.example.com:8443"]
batch = true
max_sessions = 5
session_idle = "1h"
max_body = "1M"
request_timeout = "90s"
drain_deadline = "0"
replay_events = 0
heartbeat = "500ms"
streams = false
max_stream = "2m"
log_level = "debug"
log_format = "json"
[serve.tokens]
alice = "file:alice"
bob = "env:BOB"
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->host, "::1");
  EXPECT_EQ(config->port, 0);
  EXPECT_THAT(config->origins, ElementsAre("https://app.example.com", "http://localhost:3000"));
  EXPECT_THAT(config->allowed_hosts, ElementsAre("mcp.example.com", "mcp.example.com:8443"));
  EXPECT_TRUE(config->batch);
  EXPECT_EQ(config->max_sessions, 5u);
  EXPECT_EQ(config->session_idle, std::chrono::hours(1));
  EXPECT_EQ(config->max_body, 1u << 20);
  EXPECT_EQ(config->request_timeout, std::chrono::seconds(90));
  EXPECT_EQ(config->drain_deadline.count(), 0);
  EXPECT_EQ(config->replay_events, 0u);
  EXPECT_EQ(config->heartbeat, std::chrono::milliseconds(500));
  EXPECT_FALSE(config->streams);
  EXPECT_EQ(config->max_stream, std::chrono::minutes(2));
  EXPECT_EQ(config->log_level, log::Level::kDebug);
  EXPECT_EQ(config->log_format, log::Format::kJson);
  EXPECT_THAT(config->tokens, ElementsAre(Pair("alice", "file:/proj/alice"), Pair("bob", "env:BOB")));
}

TEST_F(ServeConfigTest, EachMistakeInServeIsNamedWithItsLineAndARemedy) {
  struct Case {
    const char* text;
    const char* message;
    const char* hint;
  };
  for (const auto& [text, message, hint] : {
           Case{"[serve]\n\nlisen = \"x\"\n", "3:1: unknown key \"lisen\" in [serve]",
                "did you mean \"listen\"?"},
           Case{"[server]\n", "1:2: unknown section [server]", "did you mean \"serve\"?"},
           Case{"serve = 1\n", "1:1: \"serve\" must be a section, not an integer", "write [serve]"},
           Case{"listen = \"x\"\n", "1:1: key \"listen\" stands outside of its section",
                "put it under [serve]"},
           Case{"[serve]\nlisten = 8080\n", "2:10: [serve] listen: must be a string, not an integer",
                "for example listen = \"127.0.0.1:8080\""},
           Case{"[serve]\nlisten = \"8080\"\n", "2:10: [serve] listen: \"8080\" is not HOST:PORT",
                "for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/mcp.sock\""},
           Case{"[serve]\nlisten = \"a:65536\"\n", "2:10: [serve] listen: \"a:65536\" is not HOST:PORT",
                "for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/mcp.sock\""},
           Case{"[serve]\nlisten = \"::1:80\"\n", "2:10: [serve] listen: \"::1:80\" is not HOST:PORT",
                "for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/mcp.sock\""},
           Case{"[serve]\nlisten = \"300.1.1.1:80\"\n",
                "2:10: [serve] listen: \"300.1.1.1\" is not an IP address",
                "names are not looked up: write 127.0.0.1, [::1], another address of this machine, 0.0.0.0 "
                "for all of them, or localhost"},
           Case{"[serve]\norigins = \"https://a\"\n",
                "2:11: [serve] origins: must be a list of strings, not a string",
                "for example origins = [\"one\", \"two\"]"},
           Case{"[serve]\norigins = [\"https://a/x\"]\n",
                "2:11: [serve] origins: \"https://a/x\" is not an origin",
                "write scheme, host and port only: \"https://app.example.com\""},
           Case{"[serve]\nallowed_hosts = [\"http://a\"]\n",
                "2:17: [serve] allowed_hosts: \"http://a\" is not a host",
                "write a name, with a port where it matters: \"mcp.example.com\""},
           Case{"[serve]\nbatch = \"yes\"\n", "2:9: [serve] batch: must be true or false, not a string",
                "for example batch = true"},
           Case{"[serve]\ninsecure_listen = true\n", "2:1: [serve] insecure_listen: cannot be set in a file",
                "give --insecure-listen on the command line"},
           Case{"[serve]\nmax_sessions = 0\n", "2:16: [serve] max_sessions: 0 is less than 1",
                "write max_sessions = 1000"},
           Case{"[serve]\nmax_sessions = 1000001\n",
                "2:16: [serve] max_sessions: 1000001 is more than 1000000", "write max_sessions = 1000"},
           Case{"[serve]\nmax_sessions = 1.5\n",
                "2:16: [serve] max_sessions: must be an integer, not a fraction",
                "for example max_sessions = 1000"},
           Case{"[serve]\nsession_idle = 30\n", "2:16: [serve] session_idle: needs a unit",
                "for example session_idle = \"30m\""},
           Case{"[serve]\nsession_idle = \"soon\"\n",
                "2:16: [serve] session_idle: \"soon\" is not a duration",
                "write a number and ms, s, m, h or d: \"30s\""},
           Case{"[serve]\nmax_body = \"16 MB\"\n", "2:12: [serve] max_body: \"16 MB\" is not a size",
                "write bytes, or a number and K, M or G: \"16M\""},
           Case{"[serve]\nmax_body = 1023\n", "2:12: [serve] max_body: \"1023\" is less than 1024 bytes",
                "write max_body = \"16M\""},
           Case{"[serve]\nreplay_events = -1\n", "2:17: [serve] replay_events: -1 is less than 0",
                "write replay_events = 256"},
           Case{"[serve]\nlog_level = \"wran\"\n",
                "2:13: [serve] log_level: \"wran\" is not one of error, warn, info, debug",
                "did you mean \"warn\"?"},
           Case{"[serve]\ntokens = [\"a\"]\n", "2:10: [serve] tokens: must be a table of strings, not a list",
                "for example tokens = { NAME = \"file:/run/secrets/name\" }"},
           Case{"[serve.tokens]\nalice = 5\n",
                "2:9: [serve] tokens \"alice\": must be a string, not an integer",
                "write text in quotes; a secret may be file:PATH or env:NAME"},
           Case{"[serve.tokens]\nalice = \"\"\n",
                "2:9: [serve] tokens \"alice\": a token is not empty and has no blanks",
                "for example: openssl rand -hex 32 > FILE, and \"file:FILE\" here"},
           Case{"[serve.tokens]\nalice = \"two words\"\n",
                "2:9: [serve] tokens \"alice\": a token is not empty and has no blanks",
                "for example: openssl rand -hex 32 > FILE, and \"file:FILE\" here"},
           Case{"[serve.tokens]\nalice = \"text:\"\n",
                "2:9: [serve] tokens \"alice\": a token is not empty and has no blanks",
                "for example: openssl rand -hex 32 > FILE, and \"file:FILE\" here"},
           Case{"[serve.tokens]\n\"a b\" = \"s3cret\"\n",
                "2:1: [serve] tokens \"a b\": a principal's name is not empty and has no blanks",
                "write alice or alice@example.com"},
           Case{"[serve]\nzzzzzzzzzz = 1\n", "2:1: unknown key \"zzzzzzzzzz\" in [serve]",
                "`mcp config show` lists the keys, docs/configuration.md says more"},
           Case{"[server.a]\ncommand = \"x\"\n", "1:2: unknown section [server]",
                "did you mean [servers.a]?"},
           Case{"[server.tokens]\na = \"x\"\n", "1:2: unknown section [server]",
                "did you mean [serve.tokens]?"},
           Case{"[serve.tokens]\nalice = \"file:\"\n",
                "2:9: [serve] tokens \"alice\": \"file:\" names no file", "write \"file:/run/secrets/name\""},
       }) {
    auto config = load(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kConfig);
    EXPECT_EQ(config.error().message, std::string("/proj/mcp.toml:") + message);
    EXPECT_EQ(config.error().hint, hint);
  }
}

TEST_F(ServeConfigTest, EveryMistakeOfSoundTablesIsReportedAtOnce) {
  EXPECT_FALSE(load(R"([serve]
lisen = "x"
listen = "0.0.0.0:80"
[servers.a]
commnd = "x"
[servers.b]
[servers.c]
command = "x"
headers = { A = "b" }
env = { "1A" = "x" }
)"));
  std::vector<std::string> places;
  for (const auto& error : report.errors()) places.push_back(error.message.substr(15, 4));
  EXPECT_THAT(places, ElementsAre("2:1:", "5:1:", "6:10", "9:13", "10:9"));
}

TEST_F(ServeConfigTest, ASectionThatIsMissingBringsNoFurtherMistakes) {
  EXPECT_FALSE(
      load("[serve]\nlisten = \"0.0.0.0:80\"\n[serv.tokens]\na = \"x\"\n[servers.a]\nrequired = true\n"));
  EXPECT_EQ(report.errors().size(), 1u);
}

TEST_F(ServeConfigTest, AWrongFlagIsAnsweredAsAFlag) {
  EXPECT_FALSE(load({.flags = {{"serve", "log_level", "foo"}}, .reads_only = true}));
  EXPECT_EQ(report.first().message, "--log-level: \"foo\" is not one of error, warn, info, debug");
  EXPECT_EQ(report.first().hint, "write --log-level error");
}

TEST_F(ServeConfigTest, ASecretFileThatIsMissingIsAWarningWithItsPlace) {
  env.files["/proj/there"] = "x";
  EXPECT_TRUE(load(R"([serve.tokens]
alice = "file:none"
bob = "file:there"
[servers.a]
command = "x"
env = { A = "file:/none" }
env_file = "/none.env"
[servers.b]
url = "https://x/"
headers = { Authorization = "Bearer ${file:/none}" }
[servers.c]
command = "x"
enabled = false
env = { A = "file:/none" }
)"));
  ASSERT_EQ(report.warnings().size(), 4u);
  EXPECT_EQ(report.warnings()[0].message,
            "/proj/mcp.toml:2:1: [serve] tokens \"alice\": there is no file /proj/none");
  EXPECT_EQ(report.warnings()[0].hint, "it is read when it is used: create it, or correct the path");
  EXPECT_EQ(report.warnings()[1].message,
            "/proj/mcp.toml:6:9: [servers.a] env \"A\": there is no file /none");
  EXPECT_EQ(report.warnings()[2].message,
            "/proj/mcp.toml:7:1: [servers.a] env_file: there is no file /none.env");
}

TEST_F(ServeConfigTest, AVariableThatIsNotSetIsAWarningWithItsPlace) {
  env.environment["SET"] = "x";
  EXPECT_TRUE(load(R"([serve.tokens]
alice = "env:UNSET"
[servers.a]
command = "x"
env = { A = "env:SET", B = "${UNSET:-there}", C = "text:$${UNSET}" }
[servers.b]
url = "https://x/"
headers = { Authorization = "Bearer ${env:UNSET}${SET}" }
[servers.c]
command = "x"
enabled = false
env = { A = "env:UNSET" }
)"));
  ASSERT_EQ(report.warnings().size(), 2u);
  EXPECT_EQ(report.warnings()[0].message,
            "/proj/mcp.toml:2:1: [serve] tokens \"alice\": the variable UNSET is not set");
  EXPECT_EQ(report.warnings()[0].hint,
            "it is read when it is used: set it for mcp, or give a default: ${UNSET:-…}");
  EXPECT_EQ(report.warnings()[1].message,
            "/proj/mcp.toml:8:13: [servers.b] headers \"Authorization\": the variable UNSET is not set");
}

TEST_F(ServeConfigTest, SaysThatEveryServerIsSwitchedOff) {
  EXPECT_TRUE(load("[servers.a]\ncommand = \"x\"\nenabled = false\n"));
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_EQ(report.warnings()[0].message, "no configured server is switched on: nothing is served");
  report = {};
  EXPECT_TRUE(load("[servers.a]\ncommand = \"x\"\n"));
  EXPECT_TRUE(report.warnings().empty());
}

TEST_F(ServeConfigTest, ATokenThatCannotBeReadIsNamedWithItsPlace) {
  auto config = load("[serve.tokens]\nalice = \"file:none\"\n");
  ASSERT_TRUE(config);
  auto tokens = resolve_tokens(env, *config);
  ASSERT_FALSE(tokens);
  EXPECT_EQ(
      tokens.error().message,
      "/proj/mcp.toml:2:1: [serve.tokens] alice: secret file: open /proj/none: No such file or directory");
}

TEST_F(ServeConfigTest, AWrongTokenIsNeverQuoted) {
  auto config = load("[serve.tokens]\nalice = \"s3cret${\"\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message.find("s3cret"), std::string::npos) << config.error().message;
}

TEST_F(ServeConfigTest, WhatIsNoAddressIsSaidToBeNone) {
  struct Case {
    const char* listen;
    const char* host;
  };
  for (const auto& [listen, host] :
       {Case{"300.1.1.1:80", "300.1.1.1"}, Case{"127.300.1.1:80", "127.300.1.1"}, Case{"1.2.3:80", "1.2.3"},
        Case{"example.com:80", "example.com"}, Case{"127.0.0.1.example.com:80", "127.0.0.1.example.com"},
        Case{"[::1::]:80", "[::1::]"}}) {
    auto config = load({.flags = {{"serve", "listen", listen}}, .reads_only = true});
    ASSERT_FALSE(config) << listen;
    EXPECT_EQ(config.error().code, ErrorCode::kConfig);
    EXPECT_EQ(config.error().message, "--listen: \"" + std::string(host) + "\" is not an IP address");
    EXPECT_THAT(config.error().hint, testing::HasSubstr("names are not looked up"));
    ASSERT_EQ(report.errors().size(), 1u) << "and nothing else is said of it";
  }
}

TEST_F(ServeConfigTest, AnOpenAddressNeedsTokensOrTheFlag) {
  for (const char* listen : {"0.0.0.0:80", "[::]:80", "10.1.2.3:80", "[2001:db8::1]:80"}) {
    std::string text = std::string("[serve]\nlisten = \"") + listen + "\"\n";
    auto refused = load(text);
    ASSERT_FALSE(refused) << listen;
    EXPECT_EQ(refused.error().message, std::string("/proj/mcp.toml:2:1: [serve] listen: \"") + listen +
                                           "\" is open to the network and there are no tokens");
    EXPECT_TRUE(load(text + "[serve.tokens]\na = \"env:A\"\n"));
    EXPECT_TRUE(load(text, {.flags = {{"serve", "insecure_listen", "true"}}, .reads_only = true}));
    EXPECT_TRUE(load(text, {.stdio = true, .reads_only = true})) << "nothing is listened on";
  }
  for (const char* listen : {"127.0.0.1:80", "127.9.9.9:80", "localhost:80", "[::1]:80"}) {
    EXPECT_TRUE(load(std::string("[serve]\nlisten = \"") + listen + "\"\n")) << listen;
  }
}

TEST_F(ServeConfigTest, AnUnapprovedLocalFileStartsNothing) {
  auto config = load("[servers.a]\ncommand = \"x\"\n", ServeSources{});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kDenied);
  EXPECT_EQ(config.error().message, "/proj/mcp.toml was found in the current directory and is not approved");
  EXPECT_EQ(config.error().hint, "answer yes on a terminal when asked, or name the file with --config");
}

TEST_F(ServeConfigTest, AnUnapprovedLocalJsonFileStartsNothing) {
  env.files["/proj/mcp.json"] = R"({"mcpServers": {"a": {"command": "x"}}})";
  auto config = load(ServeSources{});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kDenied);
}

TEST_F(ServeConfigTest, AYesIsRememberedUntilTheFileChanges) {
  std::vector<ApprovalRequest> asked;
  ServeSources asking{.ask = [&](const ApprovalRequest& request) {
    asked.push_back(request);
    return true;
  }};
  EXPECT_TRUE(load("[servers.a]\ncommand = \"x\"\nargs = [\"y\"]\n", asking));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].path, "/proj/mcp.toml");
  EXPECT_THAT(asked[0].summary, ElementsAre("a: runs x y"));
  EXPECT_TRUE(load(ServeSources{})) << "nobody is asked again";
  EXPECT_FALSE(load("[servers.a]\ncommand = \"z\"\n", ServeSources{}));
}

TEST_F(ServeConfigTest, ANoRefusesTheFile) {
  auto config = load("[servers.a]\ncommand = \"x\"\n",
                     ServeSources{.ask = [](const ApprovalRequest&) { return false; }});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kDenied);
  EXPECT_FALSE(env.files.contains("/home/me/.local/state/mcp/approved"));
}

TEST_F(ServeConfigTest, ANamedFileNeedsNoApproval) {
  EXPECT_TRUE(load("[servers.a]\ncommand = \"x\"\n", ServeSources{.config_file = "mcp.toml"}));
}

TEST_F(ServeConfigTest, ApprovalsLiveInTheGivenStateDirectory) {
  EXPECT_TRUE(load("[serve]\n", ServeSources{.state_directory = "/state",
                                             .ask = [](const ApprovalRequest&) { return true; }}));
  EXPECT_TRUE(env.files.contains("/state/approved"));
}

TEST_F(ServeConfigTest, OurOwnServeIsLeftOutWithAWarning) {
  auto config = load(R"([servers.self]
command = "/usr/bin/mcp"
args = ["serve", "--stdio"]
[servers.renamed]
command = "/opt/gateway"
args = ["serve"]
[servers.address]
url = "http://localhost:8080/mcp"
[servers.remote]
command = "npx"
args = ["mcp-remote", "http://127.0.0.1:8080/mcp"]
[servers.other]
url = "http://localhost:8081/mcp"
)",
                     {.own_executable = "/opt/gateway", .reads_only = true});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(names(*config), ElementsAre("other"));
  ASSERT_EQ(report.warnings().size(), 4u);
  EXPECT_EQ(report.warnings()[0].message,
            "/proj/mcp.toml:1:10: server \"self\" is this gateway itself and is left out");
}

TEST_F(ServeConfigTest, ACommandLineServerNeedsNoFileAndNoApproval) {
  env.files["/home/me/.config/mcp/mcp.toml"] =
      "[serve]\nlisten = \"127.0.0.1:1\"\n[servers.other]\ncommand = \"x\"\n";
  auto config =
      load("[servers.local]\ncommand = \"x\"\n",
           ServeSources{.command = {"npx", "-y", "@modelcontextprotocol/server-everything", "stdio"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->port, 1);
  EXPECT_THAT(names(*config), ElementsAre("server-everything"));
  EXPECT_EQ(config->servers[0].command, "npx");
  EXPECT_EQ(config->servers[0].args.size(), 3u);
  EXPECT_EQ(config->servers[0].prefix, "");
}

TEST_F(ServeConfigTest, ACommandLineAddressIsOneUnprefixedRemote) {
  auto config = load(ServeSources{.url = "https://mcp.example.com/mcp"});
  ASSERT_TRUE(config);
  EXPECT_THAT(names(*config), ElementsAre("mcp-example-com"));
  EXPECT_EQ(config->servers[0].url, "https://mcp.example.com/mcp");
  auto wrong = load(ServeSources{.url = "files"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kUsage);
}

TEST_F(ServeConfigTest, TheGatewayDoesNotServeItself) {
  EXPECT_FALSE(load(ServeSources{.command = {"mcp", "serve"}}));
  EXPECT_FALSE(load(ServeSources{.url = "http://127.0.0.1:8080/mcp"}));
}

TEST_F(ServeConfigTest, FlagsAndVariablesWinOverTheFile) {
  env.environment["MCP_SERVE_MAX_SESSIONS"] = "7";
  auto config = load("[serve]\nlisten = \"127.0.0.1:1\"\nmax_sessions = 5\n",
                     {.flags = {{"serve", "listen", "127.0.0.1:2"}}, .reads_only = true});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->port, 2);
  EXPECT_EQ(config->max_sessions, 7u);
}

TEST_F(ServeConfigTest, TokensAreResolvedAtUse) {
  env.files["/run/alice"] = "a1\n";
  env.environment["BOB"] = "b1";
  auto config = load("[serve.tokens]\nalice = \"file:/run/alice\"\nbob = \"env:BOB\"\ncarl = \"c1\"\n");
  ASSERT_TRUE(config);
  auto tokens = resolve_tokens(env, *config);
  ASSERT_TRUE(tokens);
  ASSERT_EQ(tokens->size(), 3u);
  EXPECT_EQ((*tokens)[0].principal + "=" + (*tokens)[0].text, "alice=a1");
  EXPECT_EQ((*tokens)[1].principal + "=" + (*tokens)[1].text, "bob=b1");
  EXPECT_EQ((*tokens)[2].principal + "=" + (*tokens)[2].text, "carl=c1");
}

TEST_F(ServeConfigTest, UnusableTokensAreRefusedWithoutBeingShown) {
  struct Case {
    std::vector<std::pair<std::string, std::string>> tokens;
    const char* message;
  };
  for (const auto& [tokens, message] : {
           Case{{{"a", "env:NONE"}}, "[serve.tokens] a: environment variable \"NONE\" is not set"},
           Case{{{"a", ""}}, "[serve.tokens] a: the token is empty or has a blank in it"},
           Case{{{"a", "s3 cret"}}, "[serve.tokens] a: the token is empty or has a blank in it"},
           Case{{{"a", "s3cret"}, {"b", "s3cret"}}, "[serve.tokens] b: has the same token as a"},
       }) {
    ServeConfig config;
    config.tokens = tokens;
    auto resolved = resolve_tokens(env, config);
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().message, message);
  }
}

}  // namespace
}  // namespace mcp::cmd
