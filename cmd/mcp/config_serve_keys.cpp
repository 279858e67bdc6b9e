#include "cmd/mcp/config_serve_keys.h"

#include <limits>

#include "cmd/mcp/serve_config.h"
#include "internal/base/strings.h"
#include "internal/config/header_field.h"
#include "internal/config/secret.h"
#include "internal/http/address.h"
#include "internal/http/client.h"
#include "internal/json/scan.h"

namespace mcp::cmd {
namespace {

using config::Key;
using config::Type;
using config::Value;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kGiB = 1 << 30;
constexpr std::int64_t kNoMost = std::numeric_limits<std::int64_t>::max();

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

Result<void> check_secret_text(const Value& value) { return config::check_secret(value.text); }

// It stands in logs and metrics.
Result<void> check_principal(std::string_view name) {
  if (!name.empty() && name.find_first_of(" \t\r\n") == std::string_view::npos) return {};
  return fail(ErrorCode::kInvalid, "a principal's name is not empty and has no blanks",
              "write alice or alice@example.com");
}

}  // namespace

std::vector<ServeKey> serve_keys() {
  constexpr auto kLive = Key::Reload::kLive;
  std::vector<ServeKey> keys = {
      Key{.name = "listen",
          .fallback = "127.0.0.1:8080",
          .help = "host and port, port 0 is any free one; or `unix:/PATH`, a socket for this user alone",
          .check = check_listen,
          .flag = "--listen"},
      Key{.name = "origins",
          .type = Type::kStringList,
          .fallback = "[]",
          .help = "browser origins that may call, beside those of this machine; `\"*\"` lets every one in",
          .check = check_origins,
          .reload = kLive},
      Key{.name = "allowed_hosts",
          .type = Type::kStringList,
          .fallback = "[]",
          .help = "names under which the gateway may be addressed (Host header), beside its own",
          .check = check_hosts,
          .reload = kLive},
      Key{.name = "profile",
          .fallback = sandbox::kDefaultProfile,
          .help =
              "the sandbox of commands whose own table names none ([sandbox.md](sandbox.md)); `none` starts "
              "them with all your rights",
          .choices = {"runtime", "compat", "none"},
          .flag = "--profile",
          .reload = kLive},
      Key{.name = "insecure_listen",
          .type = Type::kBoolean,
          .fallback = "false",
          .help = "listen beyond this machine without tokens",
          .flag = "--insecure-listen",
          .flag_only = true},
      switch_key("batch", &ServeConfig::batch, "accept JSON-RPC batches in sessions of revision 2025-03-26"),
      number_key("max_batch", &ServeConfig::max_batch, {1, 10'000}, "how many messages a batch may have"),
      number_key(
          "max_depth", &ServeConfig::max_depth, {4, json::kMaxDepth},
          "how deeply the JSON of a client's message may be nested; its own braces are the first level"),
      number_key("max_sessions", &ServeConfig::max_sessions, {1, 1'000'000},
                 "how many sessions may be open at once"),
      number_key("max_sessions_per_principal", &ServeConfig::max_sessions_per_principal, {0, 1'000'000},
                 "how many of them may be one principal's, where there are tokens; 0: half of them, or all "
                 "when there is one token"),
      number_key("max_in_flight_per_client", &ServeConfig::max_in_flight_per_client, {1, 1'000'000},
                 "how many requests one client may have running: a session, or a principal's of 2026-07-28"),
      number_key("max_modern_requests", &ServeConfig::max_modern_requests, {1, 1'000'000},
                 "how many requests of 2026-07-28 may run at once over HTTP, without `subscriptions/listen`"),
      number_key("max_listens", &ServeConfig::max_listens, {1, 1'000'000},
                 "how many `subscriptions/listen` of 2026-07-28 may be open at once over HTTP"),
      number_key("max_listens_per_principal", &ServeConfig::max_listens_per_principal, {0, 1'000'000},
                 "how many of them may be one principal's, as with sessions"),
      number_key(
          "max_children", &ServeConfig::max_children, {0, 100'000},
          "how many instances of servers single sessions and calls may have to themselves, of all servers"),
      restart(number_key("max_questions", &ServeConfig::max_questions, {1, 100'000},
                         "how many questions of servers to one client may wait for its answers")),
      restart(number_key("max_subscriptions", &ServeConfig::max_subscriptions, {1, 1'000'000},
                         "how many resources may be subscribed to on one connection to a server")),
      restart(number_key("max_tasks", &ServeConfig::max_tasks, {1, 1'000'000},
                         "how many tasks are remembered, of all clients")),
      restart(number_key("max_tasks_per_client", &ServeConfig::max_tasks_per_client, {1, 1'000'000},
                         "how many of them may be one client's")),
      switch_key("abort_on_disconnect", &ServeConfig::abort_on_disconnect,
                 "cancel the calls of a 2025 client whose connection ends; MCP says that they go on"),
      time_key("session_idle", &ServeConfig::session_idle, {0, kNoMost},
               "a session whose client is silent for this long is closed; one with an open stream is asked "
               "first; `\"0\"` is never"),
      size_key("max_body", &ServeConfig::max_body, {1024, kGiB}, "the longest request body"),
      time_key("request_timeout", &ServeConfig::request_timeout, {0, kDay},
               "how long a request may wait for its server; `\"0\"` is no limit"),
      time_key("drain_deadline", &ServeConfig::drain_deadline, {0, kDay},
               "how long requests may finish after SIGTERM"),
      number_key("replay_events", &ServeConfig::replay_events, {0, 100'000},
                 "events kept per session for clients that come back with Last-Event-ID"),
      switch_key("watch", &ServeConfig::watch,
                 "read the configuration again when one of its files, or of its secrets, changes"),
      time_key("heartbeat", &ServeConfig::heartbeat, {0, kDay},
               "a comment is sent on an idle stream this often; `\"0\"` is never"),
      switch_key("streams", &ServeConfig::streams,
                 "answer with event streams where that is useful; without, every answer is JSON, and who "
                 "wants a stream is refused"),
      time_key("max_stream", &ServeConfig::max_stream, {0, kDay},
               "how long one connection carries a stream before its client has to come back for the rest; "
               "`\"0\"` is no limit"),
      restart(number_key(
          "max_continuations", &ServeConfig::max_continuations, {1, 100'000},
          "how many calls of 2026-07-28 clients to older servers may wait for their client's answers")),
      restart(number_key("max_continuations_per_principal", &ServeConfig::max_continuations_per_principal,
                         {1, 100'000}, "how many of them may be one principal's")),
      restart(time_key("continuation_timeout", &ServeConfig::continuation_timeout, {1, kDay},
                       "how long such a client may take to come back")),
      // What these are called elsewhere.
      Key{.name = "max_stream_seconds",
          .refused = "this is called max_stream here",
          .instead = "max_stream = \"120s\""},
      Key{.name = "heartbeat_seconds",
          .refused = "this is called heartbeat here",
          .instead = "heartbeat = \"15s\""},
      Key{.name = "log_level",
          .fallback = "info",
          .help = "what is logged on standard error",
          .choices = {"error", "warn", "info", "debug"},
          .flag = "--log-level",
          .reload = kLive},
      Key{.name = "log_format",
          .fallback = "logfmt",
          .help = "how it is logged",
          .choices = {"logfmt", "json"},
          .flag = "--log-format"},
      switch_key("metrics", &ServeConfig::metrics,
                 "serve `/metrics` to Prometheus; where there are tokens it needs one"),
      Key{.name = "access_log",
          .fallback = "off",
          .help = "a line for each request, at level info",
          .choices = {"off", "on"},
          .reload = kLive},
      time_key("slow_call", &ServeConfig::slow_call, {0, kDay},
               "calls that take this long are logged as warnings, ten a second at most; `\"0\"` is never"),
      Key{.name = "otlp_endpoint",
          .help = "the OTLP/HTTP collector that a span of each call is sent to; `/v1/traces` is added",
          .check = check_collector,
          .variable = "OTEL_EXPORTER_OTLP_ENDPOINT"},
      Key{.name = "otlp_headers",
          .type = Type::kSecretMap,
          .help = "what that collector wants in each request, its key for example: header fields and their "
                  "values, best "
                  "`file:PATH` or `env:NAME`",
          .check = check_secret_text,
          .check_name = config::check_header_name},
      Key{.name = "tokens",
          .type = Type::kSecretMap,
          .help = "static bearer tokens: the principal's name and its secret, best `file:PATH` or `env:NAME`",
          .check = check_token,
          .check_name = check_principal,
          .reload = kLive},
  };
  auto network = network_keys();
  keys.insert(keys.end() - 2, network.begin(), network.end());
  return keys;
}

config::Section serve_section() {
  config::Section section{.name = "serve", .help = "The gateway itself: `mcp serve`.", .keys = {}};
  for (ServeKey& key : serve_keys()) section.keys.push_back(std::move(key.key));
  return section;
}

}  // namespace mcp::cmd
