// mcp install: the packages of npx and uvx commands, before their servers are started.
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/mcp/approval_ask.h"
#include "cmd/mcp/command.h"
#include "cmd/mcp/command_entry.h"
#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/stop_signals.h"
#include "cmd/mcp/terminal.h"
#include "internal/base/strings.h"
#include "internal/json/value.h"
#include "internal/runtime/packages.h"
#include "internal/sandbox/workshop.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "The package of a server whose command is npx, npm exec, uvx, uv tool run or pipx run is installed once, "
    "in\n"
    "a sandbox that has the network and may write to the package's folder alone; the server then runs from\n"
    "there without either. mcp serve does it at the first start by itself, unless install = \"never\".\n"
    "A package without a version, or with @latest, stays what it was until --update.\n\n"
    "EXIT STATUS\n"
    "  0    every package is there\n"
    "  2    usage\n"
    "  3    some could not be installed\n"
    "  4    configuration\n"
    "  5    a file of the current directory was not approved\n"
    "  6    none could be installed\n"
    "  130  interrupted\n\n"
    "EXAMPLE\n"
    "  mcp install files\n"
    "  mcp install --all --update\n"
    "  mcp install -- npx -y @modelcontextprotocol/server-memory\n";

struct Options {
  std::vector<std::string> names;
  std::string config;
  bool all = false;
  bool update = false;
  bool json = false;
};

Result<void> validate(const Options& options, const Context& context) {
  int ways = static_cast<int>(options.all) + static_cast<int>(!options.names.empty()) +
             static_cast<int>(context.has_dashes);
  if (ways == 1) return {};
  return fail(ErrorCode::kUsage,
              ways == 0 ? "what is to be installed?" : "names, --all and -- exclude each other",
              "mcp install NAME, mcp install --all, or mcp install -- npx PACKAGE");
}

Result<std::vector<config::ServerEntry>> configured(const Options& options, Context& context) {
  ServeSources sources;
  sources.config_file = options.config;
  sources.own_executable = context.own_executable;
  sources.stdio = true;
  sources.ask = ask_at_terminal();
  config::Report problems;
  auto config = load_serve_config(context.env, sources, problems);
  print_report(problems, std::cerr);
  if (!config) return fail(std::move(config.error()));
  if (options.all) return std::move(config->servers);
  std::vector<config::ServerEntry> chosen;
  std::vector<std::string> names;
  for (const config::ServerEntry& entry : config->servers) names.push_back(entry.name);
  for (const std::string& name : options.names) {
    auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      chosen.push_back(config->servers[static_cast<std::size_t>(found - names.begin())]);
      continue;
    }
    auto meant = nearest(name, names);
    return fail(ErrorCode::kConfig, "no server \"" + name + "\" is configured",
                meant ? "did you mean \"" + *meant + "\"?" : "see mcp config check");
  }
  return chosen;
}

Result<std::vector<config::ServerEntry>> chosen_servers(const Options& options, Context& context) {
  if (!context.has_dashes) return configured(options, context);
  MCP_ASSIGN(auto entry, command_entry(context.env, context.after_dashes, {}));
  return std::vector<config::ServerEntry>{std::move(entry)};
}

// How it went with one server.
struct Outcome {
  std::string server;
  std::optional<runtime::Packages::Program> program;  // none: nothing to install, or an error
  std::optional<Error> error;
};

json::Value to_json(const Outcome& outcome) {
  json::Value one = {{"server", outcome.server}};
  if (outcome.program) {
    one["package"] = outcome.program->package;
    one["installed_now"] = outcome.program->fresh;
    one["program"] = outcome.program->file;
  }
  if (outcome.error) {
    one["error"] = outcome.error->message;
    if (!outcome.error->hint.empty()) one["hint"] = outcome.error->hint;
  }
  return one;
}

void print_text(const Outcome& outcome) {
  if (outcome.error) {
    std::cerr << "mcp: error: server \"" << outcome.server << "\": " << outcome.error->message << "\n";
    if (!outcome.error->hint.empty()) std::cerr << "mcp: hint: " << outcome.error->hint << "\n";
  } else if (outcome.program) {
    std::cout << outcome.server << ": " << outcome.program->package
              << (outcome.program->fresh ? " installed\n" : " is there already\n");
  } else {
    std::cout << outcome.server << ": nothing to install\n";
  }
}

class Installer {
 public:
  Installer(async::Loop& loop, Context& context, const Options& options)
      : mode_(options.update ? runtime::Packages::Mode::kUpdate : runtime::Packages::Mode::kAsNeeded),
        packages_(runtime::Packages::create(loop, context.env, context.spawner, workshop_)) {
    packages_->on_install(tell_progress);
  }

  static Task<void> main(std::shared_ptr<Installer> self, std::vector<config::ServerEntry> servers) {
    for (const config::ServerEntry& entry : servers) {
      auto working = one(self, entry);
      auto outcome = co_await std::move(working);
      self->outcomes.push_back(std::move(outcome));
    }
    self->done = true;
  }

  std::vector<Outcome> outcomes;
  bool done = false;

 private:
  static Task<Outcome> one(std::shared_ptr<Installer> self, config::ServerEntry entry) {
    Outcome outcome;
    outcome.server = entry.name;
    if (entry.kind != config::ServerEntry::Kind::kCommand) co_return outcome;
    auto wanted = runtime::parse_package_command(entry.command, entry.args);
    if (!wanted) outcome.error = std::move(wanted.error());
    if (!wanted || !*wanted) co_return outcome;
    // A version that is fixed cannot become another.
    bool fixed = runtime::is_pinned(**wanted);
    auto mode = fixed ? runtime::Packages::Mode::kAsNeeded : self->mode_;
    auto getting = runtime::Packages::get(self->packages_, **wanted, mode, entry.name);
    auto program = co_await std::move(getting);
    if (program) outcome.program = std::move(*program);
    if (!program) outcome.error = std::move(program.error());
    co_return outcome;
  }

  runtime::Packages::Mode mode_;
  sandbox::Workshop workshop_;
  std::shared_ptr<runtime::Packages> packages_;
};

int print(const std::vector<Outcome>& outcomes, bool as_json) {
  std::size_t failed = 0, wanted = 0;
  json::Value all = json::Value::array();
  for (const Outcome& outcome : outcomes) {
    failed += outcome.error ? 1 : 0;
    wanted += outcome.error || outcome.program ? 1 : 0;
    if (as_json) all.push_back(to_json(outcome));
    if (!as_json) print_text(outcome);
  }
  if (as_json) std::cout << json::dump_pretty({{"ok", failed == 0}, {"servers", std::move(all)}}) << "\n";
  if (failed == 0) return kOk;
  return failed == wanted ? kUnreachable : kPartial;
}

int run_install(const Options& options, Context& context) {
  if (auto valid = validate(options, context); !valid) return report(valid.error());
  auto servers = chosen_servers(options, context);
  if (!servers) return report(servers.error());
  async::Loop loop;
  context.spawner->attach(loop);
  auto installer = std::make_shared<Installer>(loop, context, options);
  loop.spawn(Installer::main(installer, std::move(*servers)));
  StopSignals signals(loop);
  constexpr async::Millis kDay{86'400'000};
  loop.run_until([&] { return installer->done || signals.stopping(); }, kDay);
  int status = signals.stopping() ? static_cast<int>(kInterrupted) : print(installer->outcomes, options.json);
  signals.cancel();
  return status;
}

}  // namespace

Command install_command() {
  Command command;
  command.name = "install";
  command.summary = "Install the packages of npx and uvx servers ahead of their start";
  command.starts_children = true;
  command.usage = "install [OPTIONS] (NAME... | --all | -- CMD ARGS...)";
  command.details = kDetails;
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("NAME", options->names, "names of configured servers");
    app.add_flag("--all", options->all, "all configured servers");
    app.add_flag("--update", options->update, "install again what has no fixed version");
    app.add_option("--config", options->config, "the file to read in place of ./mcp.toml or ./mcp.json");
    app.add_flag("--json", options->json, "print a JSON object");
    return [options](Context& context) { return run_install(*options, context); };
  };
  return command;
}

}  // namespace mcp::cmd
