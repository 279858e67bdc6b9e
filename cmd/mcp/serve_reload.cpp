#include "cmd/mcp/serve_reload.h"

#include <algorithm>

#include "internal/config/paths.h"
#include "internal/config/secret.h"

namespace mcp::cmd {
namespace {

bool is_local_start(const ServeSources& sources) { return sources.url.empty() && sources.command.empty(); }

Result<void> check_files(const ServeConfig& running, const ServeConfig& next) {
  for (const std::string& file : running.files) {
    if (std::find(next.files.begin(), next.files.end(), file) != next.files.end()) continue;
    return fail(ErrorCode::kConfig, file + " is gone; what it said stays in effect",
                "put it back, or send SIGHUP to go on without it");
  }
  return {};
}

// Where we listen does not change before a restart, whatever the file says now.
Result<void> check_still_guarded(const ServeConfig& running, const NextConfig& next) {
  bool guarded = !next.tokens.empty() || next.config.network.asks_certificates;
  if (guarded || running.insecure_listen || is_loopback(running.host)) return {};
  return fail(
      ErrorCode::kConfig,
      "[serve.tokens] is empty, and this gateway listens on " + running.host + " until it is restarted",
      "keep a token, or restart with listen = \"127.0.0.1:8080\"");
}

void keep_fixed(const ServeConfig& running, NextConfig& next) {
  for (const auto& [key, value] : next.config.fixed) {
    auto old = running.fixed.find(key);
    if (old == running.fixed.end() || old->second != value) next.need_restart.push_back(key);
  }
  // Other certificates are for new connections, but a port does not change its language.
  if ((next.config.network.tls == nullptr) != (running.network.tls == nullptr)) {
    next.need_restart.push_back("tls_cert");
    next.config.network.tls = running.network.tls;
    next.config.network.asks_certificates = running.network.asks_certificates;
  }
  next.config.network.socket = running.network.socket;
  next.config.host = running.host;
  next.config.port = running.port;
  next.config.insecure_listen = running.insecure_listen;
  next.config.log_format = running.log_format;
  next.config.otlp_endpoint = running.otlp_endpoint;
  next.config.otlp_endpoint_is_ours = running.otlp_endpoint_is_ours;
  next.config.otlp_headers = running.otlp_headers;
  next.config.state_directory = running.state_directory;
  next.config.fixed = running.fixed;
}

}  // namespace

Result<NextConfig> load_next(Env& env, ServeSources sources, const ServeConfig& running, Vanished vanished,
                             config::Report& report) {
  sources.ask = {};
  NextConfig next;
  MCP_ASSIGN(next.config, load_serve_config(env, sources, report));
  if (vanished == Vanished::kRefused) MCP_TRY(check_files(running, next.config));
  MCP_ASSIGN(next.tokens, resolve_tokens(env, next.config));
  if (!sources.stdio) MCP_TRY(check_still_guarded(running, next));
  note_secrets(env, next.config);
  keep_fixed(running, next);
  return next;
}

void note_secrets(Env& env, ServeConfig& config) {
  for (config::ServerEntry& server : config.servers) server.secrets = config::secrets_digest(env, server);
}

std::vector<std::string> files_to_watch(Env& env, const ServeSources& sources, const ServeConfig& config) {
  std::vector<std::string> files;
  for (const config::File& file :
       config::configuration_files(env, sources.config_file, is_local_start(sources))) {
    files.push_back(file.path);
    // Whichever of the two comes later.
    if (file.local) {
      for (std::string& candidate : config::local_config_files(env)) files.push_back(std::move(candidate));
    }
    // Saying yes to a file of the current directory, on a terminal elsewhere, makes it good.
    if (file.local && !config.state_directory.empty()) files.push_back(config.state_directory + "/approved");
  }
  for (const auto& [principal, secret] : config.tokens) {
    for (std::string& file : config::files_of_secret(secret)) files.push_back(std::move(file));
  }
  files.insert(files.end(), config.network.tls_files.begin(), config.network.tls_files.end());
  for (const config::ServerEntry& server : config.servers) {
    for (std::string& file : config::secret_files(server)) files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace mcp::cmd
