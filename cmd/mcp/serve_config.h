#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cmd/mcp/command_entry.h"
#include "cmd/mcp/serve_network.h"
#include "internal/base/env.h"
#include "internal/base/log.h"
#include "internal/config/load.h"
#include "internal/config/report.h"
#include "internal/config/schema.h"
#include "internal/config/server_entry.h"
#include "internal/json/scan.h"

namespace mcp::cmd {

// What `mcp serve` needs to know, from all sources, checked. See docs/configuration.md for each key.
struct ServeConfig {
  std::string host = "127.0.0.1";  // without brackets
  std::uint16_t port = 8080;       // 0: any free one
  NetworkConfig network;
  std::vector<std::string> origins;
  std::vector<std::string> allowed_hosts;
  std::string profile = sandbox::kDefaultProfile;  // the sandbox of commands that name none
  bool batch = false;
  std::size_t max_batch = 50;
  std::size_t max_depth = json::kMaxDepth;
  bool insecure_listen = false;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kLogfmt;
  std::size_t max_sessions = 1000;
  std::size_t max_in_flight_per_client = 1024;
  std::size_t max_sessions_per_principal =
      0;  // 0: max_sessions, or half of it where there are several; listens alike
  std::size_t max_modern_requests = 4096;
  std::size_t max_listens = 4096;
  std::size_t max_listens_per_principal = 0;
  std::size_t max_children = 1024;  // own instances of sessions and calls, of all servers
  std::size_t max_questions = 64;
  std::size_t max_subscriptions = 1000;
  std::size_t max_tasks = 4096;
  std::size_t max_tasks_per_client = 256;
  bool abort_on_disconnect = false;
  std::size_t max_body = 16u << 20;  // bytes
  std::size_t replay_events = 256;
  std::size_t max_continuations = 128;
  std::size_t max_continuations_per_principal = 32;
  std::chrono::milliseconds continuation_timeout{300'000};
  bool watch = true;  // files that change are read again
  bool streams = true;
  std::chrono::milliseconds max_stream{0};  // 0: none
  bool metrics = true;
  bool access_log = false;
  std::chrono::milliseconds slow_call{100};  // 0: none is too slow
  std::string otlp_endpoint;                 // empty: nobody is told of spans
  bool otlp_endpoint_is_ours = false;  // said by a file, MCP_SERVE_OTLP_ENDPOINT or a flag, not by OTEL_…
  std::map<std::string, std::string> otlp_headers;    // values may be secrets
  std::chrono::milliseconds session_idle{1'800'000};  // 0: none, as in the others
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds drain_deadline{10'000};
  std::chrono::milliseconds heartbeat{15'000};
  std::vector<std::pair<std::string, std::string>> tokens;  // principal, secret as written: resolve_tokens()
  std::map<std::string, config::Origin> token_origins;      // by principal: for messages
  std::vector<config::ServerEntry> servers;                 // in the order of their declaration
  std::string state_directory;
  std::vector<std::string> files;  // that were read
  // The keys of [serve] that a reload does not apply, as text: to see that one was changed.
  std::map<std::string, std::string> fixed;
};

// A file of the current directory that nobody has approved yet.
struct ApprovalRequest {
  std::string path;
  std::vector<std::string> summary;  // what it would do, a line each, safe to print
};

struct ServeSources {
  std::string config_file = {};             // --config
  std::string state_directory = {};         // --state-dir
  std::vector<config::Setting> flags = {};  // options that set a key of [serve]
  std::string url = {};                     // mcp serve URL …
  std::vector<std::string> command =
      {};                       // … or -- CMD ARGS: then no local file is read, no other server is served
  CommandSandbox sandbox = {};  // of that command
  std::string own_executable = {};                       // for the recursion guard
  bool stdio = false;                                    // nothing is listened on
  bool reads_only = false;                               // starts nothing: no approval needed
  std::function<bool(const ApprovalRequest&)> ask = {};  // on a terminal; a yes is remembered. None: refused
};

// Every section that mcp knows: the packages' key tables, joined.
const config::Schema& configuration_schema();

// The whole way from sources to checked values. All mistakes and warnings go to the report; the error is its
// first. Errors: kConfig, kDenied (file not approved), kUsage (URL).
Result<ServeConfig> load_serve_config(Env& env, const ServeSources& sources, config::Report& report);

struct Token {
  std::string principal;
  std::string text;
};
// The tokens' texts, read now. Errors: kConfig (missing, empty, two principals with one token).
Result<std::vector<Token>> resolve_tokens(Env& env, const ServeConfig& config);

// "127.0.0.1:8080", "[::1]:0", "localhost:80"; "unix:/PATH" is localhost, port 0. Errors: kInvalid.
Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text);
bool is_loopback(std::string_view host);

}  // namespace mcp::cmd
