// mcp top: how the gateway on a state directory fares, live, or once for machines.
#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/control_client.h"
#include "cmd/mcp/terminal.h"
#include "cmd/mcp/top_screen.h"
#include "cmd/mcp/top_view.h"
#include "internal/config/paths.h"

namespace mcp::cmd {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDetails =
    "On a terminal: redrawn each second until q or Ctrl-C. Elsewhere, and with --json: one snapshot, or one "
    "each\n--interval seconds. Rates and percentiles are those of the last ten seconds.\n\n"
    "EXIT STATUS\n"
    "  0    shown, or ended by q\n"
    "  2    usage\n"
    "  4    there is no state directory (neither XDG_STATE_HOME nor HOME, no --state-dir)\n"
    "  5    the gateway is another user's\n"
    "  6    no gateway runs on the state directory, it went away, or too many ask it\n"
    "  130  interrupted\n\n"
    "EXAMPLE\n"
    "  mcp top\n"
    "  mcp top --json --interval 10 --state-dir /var/lib/mcp\n";

constexpr const char* kSnapshot = "{\"get\":\"snapshot\"}";
constexpr double kShortest = 0.1;  // seconds
constexpr double kLongest = 86'400;

struct Options {
  std::string state_dir;
  std::optional<double> interval;  // seconds
  bool json = false;
};

Result<void> validate(const Options& options) {
  if (!options.interval || (*options.interval >= kShortest && *options.interval <= kLongest)) return {};
  return fail(ErrorCode::kUsage, "--interval is a number of seconds from 0.1 to 86400");
}

milliseconds interval_of(const Options& options) {
  return milliseconds(static_cast<std::int64_t>(options.interval.value_or(1) * 1000));
}

Result<void> print_once(ControlClient& client, const Options& options) {
  MCP_ASSIGN(std::string snapshot, client.ask(kSnapshot));
  if (options.json) {
    std::cout << snapshot << "\n" << std::flush;
    return {};
  }
  TopLayout layout;
  layout.height = 0;
  MCP_ASSIGN(auto lines, render_top(snapshot, layout));
  for (const std::string& line : lines) std::cout << line << "\n";
  std::cout << std::flush;
  return {};
}

int print(ControlClient& client, const Options& options) {
  for (;;) {
    if (auto printed = print_once(client, options); !printed) return report(printed.error());
    if (!options.interval || !std::cout) return kOk;
    if (interrupted_within(interval_of(options))) return kInterrupted;
  }
}

Result<int> watch(ControlClient& client, const Options& options, Context& context) {
  MCP_ASSIGN(TopScreen screen, TopScreen::open());
  TopLayout layout;
  layout.color = wants_color(context.env, STDOUT_FILENO);
  for (;;) {
    MCP_ASSIGN(std::string snapshot, client.ask(kSnapshot));
    std::tie(layout.width, layout.height) = screen.size();
    MCP_ASSIGN(auto lines, render_top(snapshot, layout));
    screen.draw(lines);
    switch (screen.wait(interval_of(options))) {
      case TopScreen::Event::kQuit: return kOk;
      case TopScreen::Event::kInterrupt: return kInterrupted;
      case TopScreen::Event::kTick:
      case TopScreen::Event::kResize: break;
    }
  }
}

bool draws_on_terminal(Env& env) {
  return is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO) &&
         env.variable("TERM").value_or("dumb") != "dumb";
}

int run_top(const Options& options, Context& context) {
  if (auto valid = validate(options); !valid) return report(valid.error());
  std::string directory =
      options.state_dir.empty() ? config::state_directory(context.env) : options.state_dir;
  if (directory.empty()) return report(config::no_state_directory());
  auto client = ControlClient::connect(directory);
  if (!client) return report(client.error());
  if (options.json || !draws_on_terminal(context.env)) return print(*client, options);
  // The screen is left before an error is said.
  auto ended = watch(*client, options, context);
  return ended ? *ended : report(ended.error());
}

}  // namespace

Command top_command() {
  Command command;
  command.name = "top";
  command.summary = "Watch a running gateway: servers, calls, errors, sessions";
  command.details = kDetails;
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_flag("--json", options->json, "print snapshots as JSON, one a line");
    app.add_option("--interval", options->interval, "seconds between two views (default 1)");
    app.add_option("--state-dir", options->state_dir,
                   "the gateway's state directory (default $XDG_STATE_HOME/mcp)")
        ->type_name("DIR");
    return [options](Context& context) { return run_top(*options, context); };
  };
  return command;
}

}  // namespace mcp::cmd
