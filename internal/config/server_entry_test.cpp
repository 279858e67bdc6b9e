#include "internal/config/server_entry.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/base/unique_fd.h"
#include "internal/config/load.h"

namespace mcp::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct ServerEntryTest : testing::Test {
  ServerEntryTest() { env.environment = {{"HOME", "/home/me"}, {"PORT", "9000"}}; }

  std::optional<ServerEntry> read(const std::string& text) {
    auto document = parse_file(schema, "/x/mcp.toml", text, report);
    document.fill_defaults(schema);
    const Table* table = document.find("servers", "a");
    return table == nullptr ? std::nullopt : read_server(env, *table, report, usual_profile);
  }

  FakeEnv env;
  Schema schema{{servers_section({"echo", "time"})}};
  Report report;
  std::string usual_profile = sandbox::kDefaultProfile;
};

TEST_F(ServerEntryTest, ReadsACommandWithAllItsKeys) {
  auto entry = read(R"([servers.a]
command = "npx"
args = ["-y", "${PORT}"]
env = { TOKEN = "file:token" }
env_file = "vars.env"
directory = "~/proj"
required = true
isolation = "session"
prefix = ""
era = "legacy"
tools = { allow = ["get_*"], deny = ["get_secret"] }
start_timeout = "5s"
call_timeout = "250ms"
start = "demand"
idle_stop = "10m"
list_grace = "5s"
retry = ["get_*"]
)");
  ASSERT_TRUE(entry) << report.errors()[0].message;
  EXPECT_EQ(entry->kind, ServerEntry::Kind::kCommand);
  EXPECT_THAT(entry->args, ElementsAre("-y", "${PORT}"));
  EXPECT_EQ(entry->env.at("TOKEN"), "file:/x/token");
  EXPECT_EQ(entry->env_file, "/x/vars.env");
  EXPECT_EQ(entry->directory, "/home/me/proj");
  EXPECT_TRUE(entry->required);
  EXPECT_EQ(entry->isolation, ServerEntry::Isolation::kSession);
  EXPECT_EQ(entry->prefix, "");
  EXPECT_EQ(entry->era, "legacy");
  EXPECT_THAT(entry->allow_tools, ElementsAre("get_*"));
  EXPECT_THAT(entry->deny_tools, ElementsAre("get_secret"));
  EXPECT_EQ(entry->start_timeout, std::chrono::seconds(5));
  EXPECT_EQ(entry->call_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(entry->start, ServerEntry::Start::kDemand);
  EXPECT_EQ(entry->idle_stop, std::chrono::minutes(10));
  EXPECT_EQ(entry->list_grace, std::chrono::seconds(5));
  EXPECT_THAT(entry->retry_tools, ElementsAre("get_*"));
  EXPECT_EQ(entry->origin, "/x/mcp.toml:1");
}

TEST_F(ServerEntryTest, HasDefaults) {
  auto entry = read("[servers.a]\nurl = \"https://x/mcp\"\nheaders = { Authorization = \"Bearer ${T}\" }\n");
  ASSERT_TRUE(entry) << report.errors()[0].message;
  EXPECT_EQ(entry->kind, ServerEntry::Kind::kUrl);
  EXPECT_THAT(entry->headers, ElementsAre(Pair("Authorization", "Bearer ${T}")));
  EXPECT_FALSE(entry->prefix);
  EXPECT_EQ(entry->era, "auto");
  EXPECT_EQ(entry->isolation, ServerEntry::Isolation::kAuto);
  EXPECT_EQ(entry->start_timeout, std::chrono::seconds(60));
  EXPECT_EQ(entry->start, ServerEntry::Start::kEager);
  EXPECT_EQ(entry->idle_stop, std::chrono::seconds(0));
  EXPECT_EQ(entry->list_grace, std::chrono::seconds(60));
  EXPECT_TRUE(entry->retry_tools.empty());
  EXPECT_EQ(entry->call_timeout.count(), 0);
}

TEST_F(ServerEntryTest, ATransportIsChosenForARemote) {
  using Transport = ServerEntry::Transport;
  EXPECT_EQ(read("[servers.a]\nurl = \"https://x/sse\"\n")->transport, Transport::kAuto);
  EXPECT_EQ(read("[servers.a]\nurl = \"https://x/mcp\"\ntransport = \"http\"\n")->transport,
            Transport::kHttp);
  auto entry = read("[servers.a]\nurl = \"https://x/sse\"\ntransport = \"sse\"\n");
  EXPECT_EQ(entry->transport, Transport::kSse);
  EXPECT_EQ(entry->era, "legacy") << "there is no other";
}

TEST_F(ServerEntryTest, ExpandsOnlyWhereToldTo) {
  EXPECT_EQ(read("[servers.a]\nexpand = true\nurl = \"http://localhost:${PORT}/mcp\"\n")->url,
            "http://localhost:9000/mcp");
  EXPECT_EQ(read("[servers.a]\ncommand = \"${PORT}\"\n")->command, "${PORT}");
}

TEST_F(ServerEntryTest, ADisabledServerIsNotRead) {
  EXPECT_FALSE(read("[servers.a]\ncommand = \"x\"\nenabled = false\n"));
  EXPECT_TRUE(report.ok());
}

TEST_F(ServerEntryTest, EachMistakeIsNamedWithItsLine) {
  struct Case {
    const char* lines;
    const char* message;
    const char* hint;
  };
  for (const auto& [lines, message, hint] : {
           Case{"", "1:10: [servers.a] does not say what to start", "add one of command, url and builtin"},
           Case{"command = \"x\"\nurl = \"http://x\"\n", "3:1: [servers.a] has both command and url",
                "keep one of command, url and builtin"},
           Case{"url = \"http://x\"\nargs = []\n", "3:1: [servers.a] args: belongs to a server with command",
                "remove args"},
           Case{"builtin = \"time\"\nenv = { A = \"b\" }\n",
                "3:9: [servers.a] env: belongs to a server with command", "remove env"},
           Case{"command = \"x\"\nheaders = { A = \"b\" }\n",
                "3:13: [servers.a] headers: belongs to a server with url", "remove headers"},
           Case{"image = \"x\"\n", "2:1: [servers.a] image: image is not supported by this version",
                "leave the key out"},
           Case{"command = \"x\"\ntransport = \"sse\"\n",
                "3:1: [servers.a] transport: belongs to a server with url", "remove transport"},
           Case{"url = \"http://x\"\ntransport = \"sse\"\nera = \"modern\"\n",
                "3:1: [servers.a] transport: HTTP+SSE is older than the modern era", "remove era"},
           Case{"url = \"http://x\"\ntransport = \"ssse\"\n",
                "3:13: [servers.a] transport: \"ssse\" is not one of http, sse", "did you mean \"sse\"?"},
           Case{"command = \"x\"\nprofile = \"none\"\nnetwork = \"host\"\n",
                "4:1: [servers.a] network: protects nothing with profile = \"none\"",
                "remove profile, or remove network"},
           Case{"builtin = \"time\"\ninstall = \"never\"\n",
                "3:1: [servers.a] install: belongs to a server with command", "remove install"},
           Case{"builtin = \"time\"\nprofile = \"compat\"\n",
                "3:1: [servers.a] profile: belongs to a server with command", "remove profile"},
           Case{"command = \"x\"\nprofile = \"runtme\"\n",
                "3:11: [servers.a] profile: \"runtme\" is not one of runtime, compat, none",
                "did you mean \"runtime\"?"},
           Case{"command = \"x\"\nprofile = \"runtime\"\nread = [\"/missing\"]\n",
                "4:1: [servers.a] read: \"/missing\" is not there", "create it, or take it out of read"},
           Case{"command = \"x\"\nprofile = \"runtime\"\nwrite = [\"missing\"]\n",
                "4:1: [servers.a] write: \"/x/missing\" is not there", "create it, or take it out of write"},
           Case{"command = \"x\"\nprofile = \"runtime\"\nread = [\"/proc\"]\n",
                "4:1: [servers.a] read: \"/proc\" is never shown in a sandbox",
                "name the files or folders below it that the server needs"},
           Case{"command = \"x\"\nprofile = \"runtime\"\nmemory = \"1M\"\n",
                "4:10: [servers.a] memory: \"1M\" is less than 8388608 bytes", "write memory = \"16M\""},
           Case{"command = \"x\"\nprofile = \"runtime\"\ncpu = \"0%\"\n",
                "4:7: [servers.a] cpu: \"0%\" is no share of a processor",
                "for example \"50%\", or \"200%\" for two processors"},
           Case{"command = \"x\"\nprofile = \"runtime\"\npids = 0\n",
                "4:8: [servers.a] pids: 0 is less than 1", "write pids = 512"},
           Case{"command = \"x\"\nprofile = \"runtime\"\nrequire = [\"selinux\"]\n",
                "4:1: [servers.a] require: \"selinux\" is no protection",
                "namespaces, proc, landlock, seccomp, memory, cpu, pids, ownership or files"},
           Case{"command = \"x\"\nenv = { \"A=B\" = \"c\" }\n",
                "3:9: [servers.a] env: \"A=B\" is no name of a variable",
                "letters, digits and _ as in API_TOKEN, no digit first"},
           Case{"command = \"x\"\nenv = { 1A = \"c\" }\n",
                "3:9: [servers.a] env: \"1A\" is no name of a variable",
                "letters, digits and _ as in API_TOKEN, no digit first"},
           Case{"url = \"http://x\"\nheaders = { content-Length = \"5\" }\n",
                "3:13: [servers.a] headers: \"content-Length\" is set by mcp itself", "remove it"},
           Case{"url = \"http://x:0/mcp\"\n",
                "2:7: [servers.a] url: \"http://x:0/mcp\" has no port that can be reached",
                "write a number from 1 to 65535 behind the host, or no port"},
           Case{"url = \"http://[::1]:65536\"\n",
                "2:7: [servers.a] url: \"http://[::1]:65536\" has no port that can be reached",
                "write a number from 1 to 65535 behind the host, or no port"},
           Case{"url = \"http://x\"\nheaders = { \"bad name\" = \"c\" }\n",
                "3:13: [servers.a] headers: \"bad name\" is no name of a header field",
                "letters, digits and - as in Authorization"},
           Case{"url = \"http://x\"\nheaders = { A = \"b\\nc\" }\n",
                "3:13: [servers.a] headers.A: a value is one line", "remove the line end"},
           Case{"url = \"http://u:p@x/\"\n",
                "2:7: [servers.a] url: an address must not carry a user name or password",
                "write headers = { Authorization = \"Basic …\" }, best from file:PATH or env:NAME"},
           Case{"commnd = \"x\"\n", "2:1: unknown key \"commnd\" in [servers.a]",
                "did you mean \"command\"?"},
           Case{"command = \"\"\n", "2:11: [servers.a] command: \"\" is empty",
                "leave the key out, or give it a value"},
           Case{"url = \"ftp://x\"\n",
                "2:7: [servers.a] url: \"ftp://x\" is not an http:// or https:// address",
                "write url = \"https://mcp.example.com/mcp\""},
           Case{"url = \"https:///x\"\n",
                "2:7: [servers.a] url: \"https:///x\" is not an http:// or https:// address",
                "write url = \"https://mcp.example.com/mcp\""},
           Case{"builtin = \"tme\"\n", "2:11: [servers.a] builtin: \"tme\" is not one of echo, time",
                "did you mean \"time\"?"},
           Case{"builtin = \"time\"\nisolation = \"own\"\n",
                "3:13: [servers.a] isolation: \"own\" is not one of auto, shared, session",
                "write isolation = \"auto\""},
           Case{"builtin = \"time\"\nprefix = \"a b\"\n",
                "3:10: [servers.a] prefix: \"a b\" is no prefix for names",
                "at most 32 letters, digits, _ - . and /"},
           Case{"builtin = \"time\"\ntools = [\"a\"]\n",
                "3:9: [servers.a] tools: must be a table, not a list",
                "write tools = { … } with allow, deny"},
           Case{"builtin = \"time\"\ntools = { alow = [] }\n",
                "3:11: unknown key \"alow\" in [servers.a] tools", "did you mean \"allow\"?"},
           Case{"builtin = \"time\"\nstart_timeout = 5\n", "3:17: [servers.a] start_timeout: needs a unit",
                "for example start_timeout = \"60s\""},
           Case{"builtin = \"time\"\nstart_timeout = \"0\"\n",
                "3:17: [servers.a] start_timeout: \"0\" is less than 1ms", "write start_timeout = \"60s\""},
           Case{"builtin = \"time\"\ncall_timeout = \"2d\"\n",
                "3:16: [servers.a] call_timeout: \"2d\" is more than 86400s", "write call_timeout = \"30s\""},
           Case{"command = \"x\"\nargs = [1]\n",
                "3:8: [servers.a] args: must be a list of strings, not a list with an integer in it",
                "for example args = [\"one\", \"two\"]"},
           Case{"command = \"x\"\nenv = \"A=b\"\n",
                "3:7: [servers.a] env: must be a table of strings, not a string",
                "for example env = { NAME = \"file:/run/secrets/name\" }"},
           Case{"command = \"x\"\nenv = { A = 1 }\n",
                "3:13: [servers.a] env \"A\": must be a string, not an integer",
                "write text in quotes; a secret may be file:PATH or env:NAME"},
           Case{"command = \"x\"\nenv = { A = { B = \"c\" } }\n",
                "3:13: [servers.a] env \"A\": must be a string, not a table",
                "write text in quotes; a secret may be file:PATH or env:NAME"},
           Case{"command = \"x\"\ncommand = \"y\"\n",
                "3:11: not valid TOML: Error while parsing key-value pair: cannot redefine existing string "
                "'command'",
                "a table or key stands once: join the two, or remove one"},
           Case{"command = \"x\"\nenv = { A = \"${input:x}\" }\n",
                "3:13: [servers.a] env \"A\": \"${input:x}\" asks a person, and nobody is asked here",
                "write \"${env:NAME}\" or \"${file:/PATH}\" in its place"},
           Case{"command = \"x\"\ndirectory = 1979-05-27\n",
                "3:13: [servers.a] directory: must be a string, not a date",
                "for example directory = \"text\""},
       }) {
    report = {};
    EXPECT_FALSE(read(std::string("[servers.a]\n") + lines) && report.ok()) << lines;
    ASSERT_FALSE(report.ok()) << lines;
    EXPECT_EQ(report.errors()[0].message, std::string("/x/mcp.toml:") + message);
    EXPECT_EQ(report.errors()[0].hint, hint);
    EXPECT_EQ(report.errors()[0].code, ErrorCode::kConfig);
  }
}

TEST_F(ServerEntryTest, ReadsWhatACommandMaySee) {
  env.files["/x/notes"] = "";
  env.files["/data"] = "";
  auto entry = read(
      "[servers.a]\ncommand = \"x\"\nprofile = \"runtime\"\nread = [\"notes\"]\nwrite = [\"/data\"]\n"
      "network = \"private-loopback\"\nmemory = \"64M\"\ncpu = \"150%\"\npids = 9\nfiles = 20\nwall = "
      "\"2h\"\n"
      "require = [\"landlock\"]\n");
  ASSERT_TRUE(entry) << report.errors()[0].message;
  const sandbox::Policy& policy = entry->policy;
  EXPECT_TRUE(policy.active());
  EXPECT_EQ(policy.read, std::vector<std::string>{"/x/notes"});
  EXPECT_EQ(policy.write, std::vector<std::string>{"/data"});
  EXPECT_EQ(policy.network, sandbox::Network::kPrivateLoopback);
  EXPECT_EQ(policy.limits.memory, 64u << 20);
  EXPECT_EQ(policy.limits.cpu_percent, 150u);
  EXPECT_EQ(policy.limits.pids, 9u);
  EXPECT_EQ(policy.limits.files, 20u);
  EXPECT_EQ(policy.limits.wall, std::chrono::hours(2));
  EXPECT_EQ(policy.require, std::vector<std::string>{"landlock"});
}

TEST_F(ServerEntryTest, ShutsInACommandThatNamesNoProfile) {
  auto entry = read("[servers.a]\ncommand = \"x\"\n");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->policy.profile, "runtime");
  EXPECT_EQ(entry->policy.network, sandbox::Network::kNone);
  EXPECT_TRUE(entry->show_arguments);
  EXPECT_EQ(entry->install, ServerEntry::Install::kAuto);
  EXPECT_FALSE(read("[servers.a]\nurl = \"http://x\"\n")->policy.active());
}

TEST_F(ServerEntryTest, TakesTheSandboxAwayWhereThatIsSaid) {
  EXPECT_FALSE(read("[servers.a]\ncommand = \"x\"\nprofile = \"none\"\n")->policy.active());
  usual_profile = "none";
  env.files["/data"] = "";
  EXPECT_FALSE(read("[servers.a]\ncommand = \"x\"\nread = [\"/data\"]\n")->policy.active());
  EXPECT_EQ(read("[servers.a]\ncommand = \"x\"\nprofile = \"compat\"\n")->policy.profile, "compat");
  EXPECT_TRUE(report.ok());
}

TEST_F(ServerEntryTest, ReadsHowPackagesAndArgumentsAreTaken) {
  auto entry = read("[servers.a]\ncommand = \"npx\"\ninstall = \"never\"\nshow_arguments = false\n");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->install, ServerEntry::Install::kNever);
  EXPECT_FALSE(entry->show_arguments);
}

TEST_F(ServerEntryTest, WarnsOfAWholeHomeAndOfAContainerEngine) {
  env.files["/home/me/"] = "";
  ASSERT_TRUE(read("[servers.a]\ncommand = \"x\"\nread = [\"~/\"]\n"));
  ASSERT_TRUE(read("[servers.a]\ncommand = \"/usr/bin/docker\"\nargs = [\"run\"]\n"));
  ASSERT_TRUE(read("[servers.a]\ncommand = \"docker\"\nprofile = \"none\"\n"));
  ASSERT_EQ(report.warnings().size(), 2u);
  EXPECT_THAT(report.warnings()[0].message,
              HasSubstr("3:1: [servers.a] read: \"/home/me/\" is a whole home directory"));
  EXPECT_THAT(report.warnings()[1].message,
              HasSubstr("2:1: [servers.a] command \"docker\" cannot be shut in"));
  EXPECT_THAT(report.warnings()[1].hint, HasSubstr("image"));
}

// On the machine's disk: links and sockets are looked at there.
TEST_F(ServerEntryTest, JudgesPathsByWhereTheyLead) {
  char name[] = "/var/tmp/mcp-entry-XXXXXX";
  std::string root = ::mkdtemp(name);
  std::string link = root + "/link";
  std::string line = "[servers.a]\ncommand = \"x\"\nread = [\"" + link + "\"]\n";
  env.files[link] = "";
  std::filesystem::create_symlink("/etc", link);
  EXPECT_FALSE(read(line));
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_THAT(report.errors()[0].message, HasSubstr("/link\" leads to \"/etc\", which is never shown"));
  report = {};
  std::filesystem::remove(link);
  std::filesystem::create_symlink("/home", link);
  EXPECT_TRUE(read(line));
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_THAT(report.warnings()[0].message, HasSubstr("is a whole home directory"));
  report = {};
  std::filesystem::remove(link);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  link.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(read(line));
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_THAT(report.warnings()[0].message, HasSubstr("/link\" is a socket"));
  std::filesystem::remove_all(root);
}

TEST_F(ServerEntryTest, TakesPathsAboveTheFileThatHasThem) {
  env.files["/data"] = "";
  env.files["/x/notes"] = "";
  auto entry = read("[servers.a]\ncommand = \"x\"\nread = [\"./notes\"]\nwrite = [\".././../data\"]\n");
  ASSERT_TRUE(entry) << report.errors()[0].message;
  EXPECT_THAT(entry->policy.read, ElementsAre("/x/notes"));
  EXPECT_THAT(entry->policy.write, ElementsAre("/data"));
  EXPECT_FALSE(read("[servers.a]\ncommand = \"x\"\nread = [\"notes/../../data\"]\n"))
      << "notes may be a link";
}

TEST_F(ServerEntryTest, WarnsOfLimitsAboveWhatTheMachineHas) {
  ASSERT_TRUE(read("[servers.a]\ncommand = \"x\"\nmemory = \"900000G\"\ncpu = \"90000%\"\n"));
  ASSERT_EQ(report.warnings().size(), 2u);
  EXPECT_THAT(report.warnings()[0].message, HasSubstr("[servers.a] memory: more than the "));
  EXPECT_THAT(report.warnings()[1].message, HasSubstr("[servers.a] cpu: more than the "));
  report = {};
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max >= sandbox::kMaxFiles) return;
  std::string most = std::to_string(files.rlim_max);
  EXPECT_TRUE(read("[servers.a]\ncommand = \"x\"\nfiles = " + most + "\n"));
  EXPECT_TRUE(report.warnings().empty());
  EXPECT_TRUE(read("[servers.a]\ncommand = \"x\"\nfiles = " + std::to_string(files.rlim_max + 1) + "\n"));
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_THAT(report.warnings()[0].message, HasSubstr("files: more than the " + most));
}

TEST_F(ServerEntryTest, NoFieldOfTheConnectionOrTheProtocolIsConfigured) {
  for (const char* name :
       {"Host", "Accept", "Transfer-Encoding", "Connection", "Content-Type", "Mcp-Session-Id",
        "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Last-Event-ID"}) {
    report = {};
    read(std::string("[servers.a]\nurl = \"http://x\"\nheaders = { ") + name + " = \"y\" }\n");
    EXPECT_EQ(report.errors().size(), 1u) << name;
  }
  report = {};
  EXPECT_TRUE(read("[servers.a]\nurl = \"http://x:65535\"\nheaders = { X-Host = \"y\", Cookie = \"z\" }\n"));
  EXPECT_TRUE(read("[servers.a]\nurl = \"http://[::1]/mcp\"\n"));
  EXPECT_TRUE(read("[servers.a]\nexpand = true\nurl = \"http://x:${PORT}/mcp\"\n"));
}

TEST_F(ServerEntryTest, AWrongNameIsAnsweredWithARightOne) {
  read("[servers.\"My Server\"]\ncommand = \"x\"\n");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message,
            "/x/mcp.toml:1:10: \"My Server\" is no name for [servers.NAME]: 1 to 24 of a-z, 0-9 and -");
  EXPECT_EQ(report.errors()[0].hint, "write [servers.my-server]");
}

TEST_F(ServerEntryTest, ArraysOfServersAreAnsweredWithTheRightForm) {
  read("[[servers]]\nname = \"x\"\n");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message, "/x/mcp.toml:1:3: \"servers\" must be a section, not a list");
  EXPECT_EQ(report.errors()[0].hint, "write [servers.NAME]");
}

TEST_F(ServerEntryTest, RefusesOneServerOverTheLimit) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "[servers.s" + std::to_string(i) + "]\nbuiltin = \"time\"\n";
  read(text);
  EXPECT_TRUE(report.ok());
  read(text + "[servers.a]\nbuiltin = \"time\"\n");
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].message, "/x/mcp.toml:513:10: more than 256 sections in one file");
}

}  // namespace
}  // namespace mcp::config
