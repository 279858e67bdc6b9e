#include "cmd/mcp/serve_run.h"

#include <unistd.h>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/gateway_parts.h"
#include "cmd/mcp/instruments.h"
#include "cmd/mcp/reloader.h"
#include "cmd/mcp/serve_parts.h"
#include "cmd/mcp/start_table.h"
#include "cmd/mcp/state_lock.h"
#include "cmd/mcp/stop_signals.h"
#include "cmd/mcp/terminal.h"
#include "internal/async/timer.h"
#include "internal/gateway/front.h"
#include "internal/json/value.h"
#include "internal/runtime/lineage.h"
#include "internal/transport/stdio_channel.h"

namespace mcp::cmd {
namespace {

using async::Millis;

constexpr Millis kTableDeadline{1'000};     // the table is shown by then; who comes later gets a line then
constexpr Millis kLastAnswers{1'000};       // written by then: the errors of what did not finish
constexpr Millis kChildrenDeadline{5'000};  // the shutdown ladder of runtime, and a little

std::string host_and_port(const ServeConfig& config, std::uint16_t port) {
  bool v6 = config.host.find(':') != std::string::npos;
  return (v6 ? "[" + config.host + "]" : config.host) + ":" + std::to_string(port);
}

std::string listen_address(const ServeConfig& config) {
  const std::string& socket = config.network.socket;
  return socket.empty() ? host_and_port(config, config.port) : "unix:" + socket;
}

std::string url_of(const ServeConfig& config, std::uint16_t port) {
  if (!config.network.socket.empty()) return "unix:" + config.network.socket + ":/mcp";
  return (config.network.tls ? "https://" : "http://") + host_and_port(config, port) + "/mcp";
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

  void reloaded(const Reloader::Outcome& outcome) {
    if (!run_.json) return;
    json::Value event = {{"event", "reload"}, {"ok", outcome.has_value()}};
    if (outcome) {
      event["kept"] = outcome->kept;
      event["changed"] = outcome->changed;
      event["added"] = outcome->added;
      event["removed"] = outcome->removed;
    } else {
      event["reload_error"] = outcome.error().message;
      if (!outcome.error().hint.empty()) event["reload_hint"] = outcome.error().hint;
    }
    std::cout << json::dump(event) << "\n" << std::flush;
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

void stop_servers(async::Loop& loop, ServeRun& run) {
  loop.run_until([&run] { return run.spawner->running() == 0; }, kChildrenDeadline);
  // What was told to close has its last word, built-in servers among it.
  loop.run_ready();
}

// Sessions are served until no call runs, at most until the deadline; then what still runs, and the listens,
// are answered by us.
void drain(async::Loop& loop, ServeRun& run, gateway::Gateway& gateway,
           const std::function<std::size_t()>& running) {
  log::info("draining", {{"calls", running()}});
  gateway.on_change(nullptr);
  bool finished = loop.run_until([&running] { return running() == 0; }, run.config.drain_deadline);
  if (!finished) log::warn("calls ended by the shutdown", {{"calls", running()}});
  gateway.stop();
  loop.run_until([&running] { return running() == 0; }, kLastAnswers);
  loop.run_ready();
}

std::shared_ptr<gateway::Gateway> make_gateway(async::Loop& loop, GatewayParts& parts,
                                               const Instruments& instruments, const ServeConfig& config) {
  gateway::GatewayOptions options = gateway_options(config);
  options.account = instruments.account();
  return gateway::Gateway::create(loop, parts.launcher(), std::move(options));
}

// Every part that obeys the configuration.
gateway::ReloadPlan swap_servers(gateway::Gateway& gateway, const NextConfig& next) {
  gateway.limit_children(next.config.max_children);
  return gateway.apply(served_servers(next.config), next.config.drain_deadline);
}

}  // namespace

Result<int> serve_http(ServeRun& run) {
  MCP_ASSIGN(auto lock, StateLock::acquire(run.env, run.config.state_directory));
  async::Loop loop;
  GatewayParts parts(loop, run.env, run.spawner, runtime::lineage_below(run.env, run.mark));
  Instruments instruments(loop, run.env, run.config, run.spans);
  auto gateway = make_gateway(loop, parts, instruments, run.config);
  gateway::Front front(loop, gateway, gateway::Door(door_options(run.config, run.tokens)),
                       endpoint_options(run.config));
  http::Server server(loop, front, server_limits(run.config));
  server.use_tls(run.config.network.tls);

  auto port = server.listen(listen_address(run.config));
  if (!port) {
    Error why = std::move(port.error()).wrap("key \"listen\" in [serve]");
    why.code = ErrorCode::kConfig;  // whatever it is, another address helps
    if (why.hint.empty())
      why.hint = "choose another with --listen HOST:PORT or unix:/PATH; port 0 means any free one";
    return fail(std::move(why));
  }
  std::string url = url_of(run.config, *port);
  lock.describe("pid " + std::to_string(::getpid()) + ", " + url + "\n");
  gateway::GaugeSources sources;
  sources.upstream_pool = [http = parts.http()] { return http->pool(); };
  sources.connections = [&server] { return server.connections(); };
  sources.server = [&server] { return server.stats(); };
  sources.unsent = [&server] { return server.unsent(); };
  sources.buffered = [&server] { return server.buffered(); };
  instruments.attach(gateway, std::move(sources), url);
  instruments.open_control_socket(run.config.state_directory);
  front.set_metrics(instruments.metrics());
  front.set_health(instruments.health());
  Announcer announcer(loop, run, gateway);
  auto swap = [&](const NextConfig& next) {
    front.configure(gateway::Door(door_options(next.config, next.tokens)), endpoint_options(next.config));
    server.limit(server_limits(next.config));
    server.use_tls(next.config.network.tls);
    instruments.configure(next.config);
    front.set_metrics(instruments.metrics());
    return swap_servers(*gateway, next);
  };
  Reloader reloader(loop, run, swap, [&](const Reloader::Outcome& outcome) {
    front.set_reload_error(outcome ? Error{} : outcome.error());
    announcer.reloaded(outcome);
  });
  StopSignals signals(loop, [&reloader] { reloader.hang_up(); });
  gateway->start();
  reloader.start();
  announcer.listening(url);

  while (!signals.stopping()) loop.run();
  reloader.stop();
  front.drain();
  server.drain();
  drain(loop, run, *gateway, [&front] { return front.in_flight(); });
  front.close();
  // What was answered is still being written.
  loop.run_until([&server] { return server.connections() == 0; }, kLastAnswers);
  server.close();
  instruments.stop();
  stop_servers(loop, run);
  signals.cancel();
  return signals.exit_code();
}

Result<int> serve_stdio(ServeRun& run) {
  async::Loop loop;
  GatewayParts parts(loop, run.env, run.spawner, runtime::lineage_below(run.env, run.mark));
  Instruments instruments(loop, run.env, run.config, run.spans);
  auto gateway = make_gateway(loop, parts, instruments, run.config);
  auto swap = [&](const NextConfig& next) {
    instruments.configure(next.config);
    return swap_servers(*gateway, next);
  };
  Reloader reloader(loop, run, swap, [](const Reloader::Outcome&) {});
  StopSignals signals(loop, [&reloader] { reloader.hang_up(); });
  gateway->start();
  reloader.start();
  transport::StdioLimits limits;
  limits.drain = run.config.drain_deadline;
  limits.accept_batches = run.config.batch;
  limits.max_batch = run.config.max_batch;
  limits.max_depth = static_cast<int>(run.config.max_depth);
  limits.refused = [account = instruments.account()](std::string_view limit) { account->refused(limit); };
  auto channel = transport::make_stdio_channel(loop, STDIN_FILENO, STDOUT_FILENO, limits);
  server::SessionOptions options;
  options.transport = "stdio";
  options.max_in_flight = run.config.max_in_flight_per_client;
  options.max_questions = run.config.max_questions;
  options.observer = instruments.account();
  options.over = [&loop] { loop.stop(); };
  auto session = server::serve(loop, std::move(channel), gateway->backend(""), std::move(options));
  while (session->alive() && !signals.stopping()) loop.run();
  reloader.stop();
  // A client whose input ended was drained by its channel; a signal finds it still running. A listen ends
  // only when the gateway says so.
  drain(loop, run, *gateway, [&]() -> std::size_t {
    std::size_t running = session->alive() ? session->in_flight() : 0;
    return running > gateway->open_listens() ? running - gateway->open_listens() : 0;
  });
  loop.run_until([&session] { return !session->alive() || session->in_flight() == 0; }, kLastAnswers);
  session->close();
  instruments.stop();
  stop_servers(loop, run);
  signals.cancel();
  return signals.exit_code();
}

}  // namespace mcp::cmd
