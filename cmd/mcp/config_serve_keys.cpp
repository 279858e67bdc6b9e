#include "cmd/mcp/config_serve_keys.h"

#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/serve_network.h"
#include "internal/base/strings.h"
#include "internal/http/address.h"
#include "internal/http/client.h"

namespace mcp::cmd {
namespace {

using config::Key;
using config::Type;
using config::Value;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kGiB = 1 << 30;

Result<void> check_listen(const Value& value) {
  MCP_TRY(parse_listen(value.text));
  MCP_TRY(http::parse_listen_address(value.text));
  return {};
}

// RFC 6454 §6.2: scheme://host[:port], nothing behind it.
bool is_origin(std::string_view text) {
  auto scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  auto authority = text.substr(scheme + 3);
  return !authority.empty() && authority.find_first_of("/?#@ \t") == std::string_view::npos;
}

Result<void> check_origins(const Value& value) {
  for (const auto& origin : value.list) {
    if (origin == "*" || origin == "null" || is_origin(origin)) continue;
    return fail(ErrorCode::kInvalid, json_quote(origin) + " is not an origin",
                "write scheme, host and port only: \"https://app.example.com\"");
  }
  return {};
}

Result<void> check_hosts(const Value& value) {
  for (const auto& host : value.list) {
    if (!host.empty() && host.find_first_of("/?#@ \t*") == std::string::npos) continue;
    return fail(ErrorCode::kInvalid, json_quote(host) + " is not a host",
                "write a name, with a port where it matters: \"mcp.example.com\"");
  }
  return {};
}

// Empty switches it off.
Result<void> check_collector(const Value& value) {
  if (value.text.empty()) return {};
  if (auto url = http::parse_url(value.text)) return {};
  return fail(ErrorCode::kInvalid, json_quote(value.text) + " is not an http:// or https:// address",
              "an OTLP/HTTP collector: \"http://127.0.0.1:4318\"");
}

// RFC 6750 §2.1: a token is not empty and has no blanks. What a reference leads to is looked at when it is
// read.
Result<void> check_token(const Value& value) {
  std::string_view text = value.text;
  if (text.starts_with("text:")) text.remove_prefix(5);
  bool right = !text.empty() && text.find_first_of(" \t\r\n") == std::string_view::npos;
  if (right || text.find("${") != std::string_view::npos || value.text.starts_with("file:")) return {};
  return fail(ErrorCode::kInvalid, "a token is not empty and has no blanks",
              "for example: openssl rand -hex 32 > FILE, and \"file:FILE\" here");
}

// It stands in logs and metrics.
Result<void> check_principal(std::string_view name) {
  if (!name.empty() && name.find_first_of(" \t\r\n") == std::string_view::npos) return {};
  return fail(ErrorCode::kInvalid, "a principal's name is not empty and has no blanks",
              "write alice or alice@example.com");
}

}  // namespace

config::Section serve_section() {
  constexpr auto kLive = Key::Reload::kLive;
  config::Section section{.name = "serve", .help = "The gateway itself: `mcp serve`.", .keys = {}};
  section.keys = {
      {.name = "listen",
       .fallback = "127.0.0.1:8080",
       .help = "host and port, port 0 is any free one; or `unix:/PATH`, a socket for this user alone",
       .check = check_listen,
       .flag = "--listen"},
      {.name = "origins",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "browser origins that may call, beside those of this machine; `\"*\"` lets every one in",
       .check = check_origins,
       .reload = kLive},
      {.name = "allowed_hosts",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "names under which the gateway may be addressed (Host header), beside its own",
       .check = check_hosts,
       .reload = kLive},
      {.name = "profile",
       .fallback = sandbox::kDefaultProfile,
       .help = "the sandbox of commands whose own table names none ([sandbox.md](sandbox.md)); `none` starts "
               "them with all your rights",
       .choices = {"runtime", "compat", "none"},
       .flag = "--profile",
       .reload = kLive},
      {.name = "insecure_listen",
       .type = Type::kBoolean,
       .fallback = "false",
       .help = "listen beyond this machine without tokens",
       .flag = "--insecure-listen",
       .flag_only = true},
      {.name = "batch",
       .type = Type::kBoolean,
       .fallback = "false",
       .help = "accept JSON-RPC batches in sessions of revision 2025-03-26",
       .reload = kLive},
      {.name = "max_sessions",
       .type = Type::kInteger,
       .fallback = "1000",
       .help = "how many sessions may be open at once",
       .min = 1,
       .max = 1'000'000,
       .reload = kLive},
      {.name = "max_in_flight_per_client",
       .type = Type::kInteger,
       .fallback = "1024",
       .help = "how many requests one client may have running: a session, or a principal's of 2026-07-28",
       .min = 1,
       .max = 1'000'000,
       .reload = kLive},
      {.name = "max_modern_requests",
       .type = Type::kInteger,
       .fallback = "4096",
       .help = "how many requests and subscriptions of 2026-07-28 may be open at once over HTTP",
       .min = 1,
       .max = 1'000'000,
       .reload = kLive},
      {.name = "max_children",
       .type = Type::kInteger,
       .fallback = "1024",
       .help =
           "how many instances of servers single sessions and calls may have to themselves, of all servers",
       .max = 100'000,
       .reload = kLive},
      {.name = "max_questions",
       .type = Type::kInteger,
       .fallback = "64",
       .help = "how many questions of servers to one client may wait for its answers",
       .min = 1,
       .max = 100'000},
      {.name = "max_subscriptions",
       .type = Type::kInteger,
       .fallback = "1000",
       .help = "how many resources may be subscribed to on one connection to a server",
       .min = 1,
       .max = 1'000'000},
      {.name = "max_tasks",
       .type = Type::kInteger,
       .fallback = "4096",
       .help = "how many tasks are remembered, of all clients",
       .min = 1,
       .max = 1'000'000},
      {.name = "max_tasks_per_client",
       .type = Type::kInteger,
       .fallback = "256",
       .help = "how many of them may be one client's",
       .min = 1,
       .max = 1'000'000},
      {.name = "abort_on_disconnect",
       .type = Type::kBoolean,
       .fallback = "false",
       .help = "cancel the calls of a 2025 client whose connection ends; MCP says that they go on",
       .reload = kLive},
      {.name = "session_idle",
       .type = Type::kDuration,
       .fallback = "30m",
       .help = "a session whose client is silent for this long is closed; one with an open stream is asked "
               "first; `\"0\"` is never",
       .reload = kLive},
      {.name = "max_body",
       .type = Type::kSize,
       .fallback = "16M",
       .help = "the longest request body",
       .min = 1024,
       .max = kGiB,
       .reload = kLive},
      {.name = "request_timeout",
       .type = Type::kDuration,
       .fallback = "0",
       .help = "how long a request may wait for its server; `\"0\"` is no limit",
       .max = kDay,
       .reload = kLive},
      {.name = "drain_deadline",
       .type = Type::kDuration,
       .fallback = "10s",
       .help = "how long requests may finish after SIGTERM",
       .max = kDay,
       .reload = kLive},
      {.name = "replay_events",
       .type = Type::kInteger,
       .fallback = "256",
       .help = "events kept per session for clients that come back with Last-Event-ID",
       .max = 100'000,
       .reload = kLive},
      {.name = "watch",
       .type = Type::kBoolean,
       .fallback = "true",
       .help = "read the configuration again when one of its files, or of its secrets, changes",
       .reload = kLive},
      {.name = "heartbeat",
       .type = Type::kDuration,
       .fallback = "15s",
       .help = "a comment is sent on an idle stream this often; `\"0\"` is never",
       .max = kDay,
       .reload = kLive},
      {.name = "streams",
       .type = Type::kBoolean,
       .fallback = "true",
       .help = "answer with event streams where that is useful; without, every answer is JSON, and who wants "
               "a stream is refused",
       .reload = kLive},
      {.name = "max_stream",
       .type = Type::kDuration,
       .fallback = "0",
       .help = "how long one connection carries a stream before its client has to come back for the rest; "
               "`\"0\"` is no limit",
       .max = kDay,
       .reload = kLive},
      {.name = "max_continuations",
       .type = Type::kInteger,
       .fallback = "128",
       .help = "how many calls of 2026-07-28 clients to older servers may wait for their client's answers",
       .min = 1,
       .max = 100'000},
      {.name = "max_continuations_per_principal",
       .type = Type::kInteger,
       .fallback = "32",
       .help = "how many of them may be one principal's",
       .min = 1,
       .max = 100'000},
      {.name = "continuation_timeout",
       .type = Type::kDuration,
       .fallback = "5m",
       .help = "how long such a client may take to come back",
       .min = 1,
       .max = kDay},
      {.name = "log_level",
       .fallback = "info",
       .help = "what is logged on standard error",
       .choices = {"error", "warn", "info", "debug"},
       .flag = "--log-level",
       .reload = kLive},
      {.name = "log_format",
       .fallback = "logfmt",
       .help = "how it is logged",
       .choices = {"logfmt", "json"},
       .flag = "--log-format"},
      {.name = "metrics",
       .type = Type::kBoolean,
       .fallback = "true",
       .help = "serve `/metrics` to Prometheus; where there are tokens it needs one",
       .reload = kLive},
      {.name = "access_log",
       .fallback = "off",
       .help = "a line for each request, at level info",
       .choices = {"off", "on"},
       .reload = kLive},
      {.name = "slow_call",
       .type = Type::kDuration,
       .fallback = "100ms",
       .help = "calls that take this long are logged as warnings, ten a second at most; `\"0\"` is never",
       .max = kDay,
       .reload = kLive},
      {.name = "otlp_endpoint",
       .help = "the OTLP/HTTP collector that a span of each call is sent to; `/v1/traces` is added",
       .check = check_collector,
       .variable = "OTEL_EXPORTER_OTLP_ENDPOINT"},
      {.name = "tokens",
       .type = Type::kSecretMap,
       .help = "static bearer tokens: the principal's name and its secret, best `file:PATH` or `env:NAME`",
       .check = check_token,
       .check_name = check_principal,
       .reload = kLive},
  };
  auto network = network_keys();
  section.keys.insert(section.keys.end() - 1, network.begin(), network.end());
  return section;
}

}  // namespace mcp::cmd
