#include "cmd/mcp/serve_parts.h"

#include <algorithm>
#include <filesystem>

#include "cmd/mcp/gateway_parts.h"
#include "internal/base/log.h"
#include "internal/crypto/hash.h"

namespace mcp::cmd {
namespace {

using async::Millis;

// In the configuration 0 means "no limit"; the endpoint wants a duration.
Millis or_never(Millis duration) {
  constexpr Millis kYear{365LL * 86'400'000};
  return duration.count() == 0 ? kYear : duration;
}

// What one principal may have of it: no one alone may keep all others out.
std::size_t share_of(std::size_t all, std::size_t configured, const ServeConfig& config) {
  if (configured != 0) return configured;
  return config.tokens.size() < 2 ? all : std::max<std::size_t>(all / 2, 1);
}

}  // namespace

std::string mark_of(const ServeConfig& config, const ServeSources& sources) {
  constexpr std::size_t kDigits = 16;
  std::string text;
  for (const std::string& file : config.files) {
    std::error_code ignored;
    text += std::filesystem::weakly_canonical(file, ignored).string() + '\0';
  }
  text += sources.url + '\0';
  for (const std::string& word : sources.command) text += word + '\0';
  return crypto::sha256_hex(text).substr(0, kDigits);
}

std::vector<config::ServerEntry> served_servers(const ServeConfig& config) {
  auto servers = config.servers;
  for (config::ServerEntry& server : servers) {
    if (server.call_timeout.count() == 0) server.call_timeout = config.request_timeout;
  }
  return servers;
}

gateway::GatewayOptions gateway_options(const ServeConfig& config) {
  gateway::GatewayOptions options;
  options.servers = served_servers(config);
  options.info = implementation_info();
  options.max_children = config.max_children;
  options.tasks.routes = config.max_tasks;
  options.tasks.routes_per_owner = config.max_tasks_per_client;
  options.max_subscriptions = config.max_subscriptions;
  options.max_questions = config.max_questions;
  options.continuations = {config.max_continuations, config.max_continuations_per_principal,
                           config.continuation_timeout};
  return options;
}

gateway::DoorOptions door_options(const ServeConfig& config, const std::vector<Token>& tokens) {
  gateway::DoorOptions options;
  options.origins = config.origins;
  options.allowed_hosts = config.allowed_hosts;
  options.listen_host = config.host;
  for (const Token& token : tokens) options.tokens.emplace_back(token.principal, token.text);
  return options;
}

transport::HttpEndpointOptions endpoint_options(const ServeConfig& config) {
  transport::HttpEndpointOptions options;
  options.accept_batches = config.batch;
  options.max_batch = config.max_batch;
  options.max_depth = static_cast<int>(config.max_depth);
  options.max_sessions = config.max_sessions;
  options.max_client_requests = config.max_in_flight_per_client;
  options.max_modern_requests = config.max_modern_requests;
  options.max_listens = config.max_listens;
  options.has_principals = !config.tokens.empty();
  options.max_principal_sessions = share_of(config.max_sessions, config.max_sessions_per_principal, config);
  options.max_principal_listens = share_of(config.max_listens, config.max_listens_per_principal, config);
  options.abort_on_disconnect = config.abort_on_disconnect;
  options.session_idle = or_never(config.session_idle);
  options.replay_events = config.replay_events;
  options.heartbeat = or_never(config.heartbeat);
  options.streams = config.streams;
  options.max_stream = config.max_stream;
  return options;
}

http::ServerLimits server_limits(const ServeConfig& config) {
  http::ServerLimits limits = config.network.limits;
  limits.max_body_bytes = config.max_body;
  bool asked_for = limits.max_connections != http::ServerLimits().max_connections;
  // Nobody is to be told at every start that a default is more than this machine grants.
  if (auto less = fit_to_descriptors(limits); less && asked_for)
    log::warn(less->message, {{"hint", less->hint}});
  return limits;
}

}  // namespace mcp::cmd
