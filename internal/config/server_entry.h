#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/document.h"
#include "internal/config/report.h"
#include "internal/sandbox/policy.h"

namespace mcp::config {

// One configured server, whatever file format it came from: plain data, already validated.
// Values of `env` and `headers` may be references (file:PATH, env:NAME): secret.h's resolve_environment() and
// resolve_headers() turn them into text when the server is started, never before.
struct ServerEntry {
  enum class Kind { kCommand, kUrl, kBuiltin };
  enum class Isolation { kAuto, kShared, kSession };
  enum class Transport { kAuto, kHttp, kSse };
  enum class Start { kEager, kDemand };
  enum class Install { kAuto, kNever };

  std::string name;  // [a-z0-9-]{1,24}
  Kind kind = Kind::kCommand;

  std::string command;  // kCommand: as written, looked up in PATH by the spawner
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string env_file;   // empty, or the path of NAME=VALUE lines read when the server is started
  std::string directory;  // empty: the directory mcp was started in; /tmp in a sandbox
  sandbox::Policy policy;
  std::vector<std::string> written;  // by whatever server of the configuration: `write` of them all
  bool show_arguments = true;        // paths among args are shown in the sandbox, read-only
  Install install = Install::kAuto;  // the package of an npx or uvx command that is not there yet

  std::string url;  // kUrl: http:// or https://
  std::vector<std::pair<std::string, std::string>> headers;
  Transport transport = Transport::kAuto;  // kSse is of the legacy era: `era` is never auto with it

  std::string builtin;  // kBuiltin: a name the built-in table knows

  Isolation isolation = Isolation::kAuto;
  std::optional<std::string> prefix;                 // nullopt: "NAME__"; empty: names stay as they are
  bool required = false;                             // readiness depends on it
  std::string era = "auto";                          // auto, legacy, modern
  std::vector<std::string> allow_tools, deny_tools;  // globs over the server's own tool names
  std::chrono::milliseconds start_timeout{60000};
  std::chrono::milliseconds call_timeout{0};   // 0: none
  std::chrono::milliseconds max_call_time{0};  // with progress; 0: ten times call_timeout
  std::size_t max_in_flight = 1024;            // calls that it has at once; 0: no limit
  std::size_t max_queue = 1024;                // calls that wait for a place there
  std::size_t max_result_bytes = 64 << 20;     // of one message of the server
  std::size_t max_children = 256;              // instances of single sessions, and of single calls

  Start start = Start::kEager;
  std::chrono::milliseconds idle_stop{0};       // 0: never
  std::chrono::milliseconds list_grace{60000};  // how long the lists of a server that is away stay
  std::vector<std::string> retry_tools;         // globs: may be called twice, whatever their annotations say

  // A digest of what the references of env and headers lead to (secret.h), so that a secret that changes
  // makes another entry; empty where nobody looks.
  std::string secrets;
  std::string origin;  // where it was declared, "/etc/mcp/mcp.toml:12"; empty for argv

  friend bool operator==(const ServerEntry&, const ServerEntry&) = default;
};

// [servers.NAME]: the keys. `builtins`: the names that `builtin` may have.
Section servers_section(std::vector<std::string> builtins);

// One [servers.NAME] table as an entry: exactly one of command, url, builtin, and nothing that does not
// belong to it; relative paths become absolute, ${…} is replaced where `expand` says so. nullopt: switched
// off, or wrong (then the report says why). `usual_profile`: of a command that names no profile.
std::optional<ServerEntry> read_server(Env& env, const Table& table, Report& report,
                                       const std::string& usual_profile = sandbox::kDefaultProfile);

// "npx -y some-server", "https://…", "built-in echo": on one line, control characters escaped.
std::string describe(const ServerEntry& entry);

}  // namespace mcp::config
