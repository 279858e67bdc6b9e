#include "cmd/mcp/serve_run.h"

#include <unistd.h>
#include <iostream>
#include <map>

#include "cmd/mcp/command.h"
#include "cmd/mcp/gateway_parts.h"
#include "cmd/mcp/start_table.h"
#include "cmd/mcp/state_lock.h"
#include "cmd/mcp/stop_signals.h"
#include "cmd/mcp/terminal.h"
#include "internal/async/timer.h"
#include "internal/gateway/front.h"
#include "internal/transport/stdio_channel.h"

namespace mcp::cmd {
namespace {

using async::Millis;

constexpr Millis kTableDeadline{5'000};     // the table is shown by then, whoever is still starting
constexpr Millis kChildrenDeadline{5'000};  // the shutdown ladder of runtime, and a little

gateway::GatewayOptions gateway_options(const ServeConfig& config) {
  gateway::GatewayOptions options;
  options.servers = config.servers;
  for (config::ServerEntry& server : options.servers) {
    if (server.call_timeout.count() == 0) server.call_timeout = config.request_timeout;
  }
  options.info = implementation_info();
  options.continuations = {config.max_continuations, config.max_continuations_per_principal,
                           config.continuation_timeout};
  return options;
}

std::string url_of(const ServeConfig& config, std::uint16_t port) {
  bool v6 = config.host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + config.host + "]" : config.host) + ":" + std::to_string(port) + "/mcp";
}

gateway::DoorOptions door_options(const ServeRun& run) {
  gateway::DoorOptions options;
  options.origins = run.config.origins;
  options.allowed_hosts = run.config.allowed_hosts;
  options.listen_host = run.config.host;
  for (const Token& token : run.tokens) options.tokens.emplace_back(token.principal, token.text);
  return options;
}

// In the configuration 0 means "no limit"; the endpoint wants a duration.
Millis or_never(Millis duration) {
  constexpr Millis kYear{365LL * 86'400'000};
  return duration.count() == 0 ? kYear : duration;
}

transport::HttpEndpointOptions endpoint_options(const ServeConfig& config) {
  transport::HttpEndpointOptions options;
  options.accept_batches = config.batch;
  options.max_sessions = config.max_sessions;
  options.session_idle = or_never(config.session_idle);
  options.replay_events = config.replay_events;
  options.heartbeat = or_never(config.heartbeat);
  return options;
}

// Tells people (stderr) and machines (stdout, JSON lines) how the servers came up.
class Announcer {
 public:
  Announcer(async::Loop& loop, ServeRun& run, std::shared_ptr<gateway::Gateway> gateway)
      : run_(run), gateway_(std::move(gateway)), deadline_(loop) {}

  void listening(const std::string& url) {
    std::cerr << "mcp: ready on " << url << "\n" << std::flush;
    if (run_.json) std::cout << "{\"event\":\"listening\",\"url\":\"" << url << "\"}\n" << std::flush;
    gateway_->on_change([this] { changed(); });
    deadline_.start(kTableDeadline, [this] { show(); });
    changed();
  }

 private:
  void changed() {
    if (!shown_ && gateway_->all_settled()) return show();
    if (!shown_) return;
    show_changes();
    tell_machines();
  }

  void show() {
    if (shown_) return;
    shown_ = true;
    deadline_.cancel();
    auto statuses = gateway_->statuses();
    print_start_table(std::cerr, statuses, wants_color(run_.env, STDERR_FILENO));
    for (const auto& status : statuses) states_[status.name] = status.state;
    tell_machines();
  }

  // A server that came up late, went, or came back: its line once more.
  void show_changes() {
    std::vector<gateway::ServerStatus> changed;
    for (auto& status : gateway_->statuses()) {
      if (status.state == "starting" || std::exchange(states_[status.name], status.state) == status.state)
        continue;
      changed.push_back(std::move(status));
    }
    if (!changed.empty()) print_start_table(std::cerr, changed, wants_color(run_.env, STDERR_FILENO));
  }

  void tell_machines() {
    if (!run_.json) return;
    std::string servers = gateway::statuses_json(gateway_->statuses());
    if (std::exchange(last_, servers) == servers) return;
    std::cout << "{\"event\":\"servers\",\"servers\":" << servers << "}\n" << std::flush;
  }

  ServeRun& run_;
  std::shared_ptr<gateway::Gateway> gateway_;
  async::Timer deadline_;
  bool shown_ = false;
  std::map<std::string, std::string> states_;  // as last shown
  std::string last_;
};

void stop_servers(async::Loop& loop, ServeRun& run, gateway::Gateway& gateway) {
  gateway.stop();
  loop.run_until([&run] { return run.spawner->running() == 0; }, kChildrenDeadline);
  // What was told to close has its last word, built-in servers among it.
  loop.run_ready();
}

}  // namespace

Result<int> serve_http(ServeRun& run) {
  MCP_ASSIGN(auto lock, StateLock::acquire(run.env, run.config.state_directory));
  async::Loop loop;
  GatewayParts parts(loop, run.env, run.spawner);
  auto gateway = gateway::Gateway::create(loop, parts.launcher(), gateway_options(run.config));
  gateway::Front front(loop, gateway, gateway::Door(door_options(run)), endpoint_options(run.config));
  http::ServerLimits limits;
  limits.max_body_bytes = run.config.max_body;
  http::Server server(loop, front, limits);

  bool v6 = run.config.host.find(':') != std::string::npos;
  std::string address =
      (v6 ? "[" + run.config.host + "]" : run.config.host) + ":" + std::to_string(run.config.port);
  auto port = server.listen(address);
  if (!port) {
    Error why = std::move(port.error()).wrap("key \"listen\" in [serve]");
    if (why.hint.empty()) why.hint = "choose another with --listen HOST:PORT; port 0 means any free one";
    return fail(std::move(why));
  }
  StopSignals signals(loop);
  std::string url = url_of(run.config, *port);
  lock.describe("pid " + std::to_string(::getpid()) + ", " + url + "\n");
  gateway->start();
  Announcer announcer(loop, run, gateway);
  announcer.listening(url);

  while (!signals.stopping()) {
    loop.run_until([&] { return signals.stopping(); }, Millis{3'600'000});
  }
  log::info("draining", {{"calls", front.in_flight()}});
  gateway->on_change(nullptr);
  front.drain();
  server.drain();
  loop.run_until([&] { return front.in_flight() == 0; }, run.config.drain_deadline);
  front.close();
  server.close();
  stop_servers(loop, run, *gateway);
  signals.cancel();
  return signals.exit_code();
}

Result<int> serve_stdio(ServeRun& run) {
  async::Loop loop;
  GatewayParts parts(loop, run.env, run.spawner);
  auto gateway = gateway::Gateway::create(loop, parts.launcher(), gateway_options(run.config));
  StopSignals signals(loop);
  gateway->start();
  transport::StdioLimits limits;
  limits.drain = run.config.drain_deadline;
  limits.accept_batches = run.config.batch;
  auto channel = transport::make_stdio_channel(loop, STDIN_FILENO, STDOUT_FILENO, limits);
  auto session = server::serve(loop, std::move(channel), gateway->backend(""));
  while (session->alive() && !signals.stopping()) {
    loop.run_until([&] { return signals.stopping() || !session->alive(); }, Millis{3'600'000});
  }
  // A client whose input ended was drained by its channel; a signal finds it still running.
  loop.run_until([&] { return !session->alive() || session->in_flight() == 0; }, run.config.drain_deadline);
  session->close();
  stop_servers(loop, run, *gateway);
  signals.cancel();
  return signals.exit_code();
}

}  // namespace mcp::cmd
