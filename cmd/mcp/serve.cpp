// mcp serve: options, configuration, and the loop that runs until it is told to stop.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/approval_ask.h"
#include "cmd/mcp/command.h"
#include "cmd/mcp/config_print.h"
#include "cmd/mcp/gateway_parts.h"
#include "cmd/mcp/heap.h"
#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/serve_parts.h"
#include "cmd/mcp/serve_reload.h"
#include "cmd/mcp/serve_run.h"
#include "internal/runtime/lineage.h"
#include "internal/sandbox/cgroups.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "Without a configuration the built-in servers answer. After -- stands the command of one server;\n"
    "a URL fronts one remote server. Then no other server is served and no file of the current directory is "
    "read.\n\n"
    "Every command runs in a sandbox: it sees its own program, what --read and --write (in a file: read, "
    "write)\n"
    "name, and has no network. CMD is shown the paths among its arguments too, read-only. The package of an\n"
    "npx or uvx command is installed at the first start. mcp sandbox explain says what a server gets.\n\n"
    "SIGHUP, and a change of a configuration file, reload the configuration; only changed servers are "
    "started "
    "anew.\nSIGTERM and SIGINT let running calls finish (drain_deadline); a second one ends at once.\n\n"
    "EXIT STATUS\n"
    "  0    stopped by SIGTERM, or stdin ended (--stdio)\n"
    "  2    usage\n"
    "  4    configuration: wrong key or value, address that cannot be listened on,\n         state directory "
    "in use\n"
    "  5    a file of the current directory was not approved\n"
    "  8    internal or I/O failure\n"
    "  130  interrupted\n\n"
    "EXAMPLE\n"
    "  mcp serve -- npx -y @modelcontextprotocol/server-filesystem ~/notes\n"
    "  mcp serve --write ~/notes -- npx -y @modelcontextprotocol/server-filesystem ~/notes\n"
    "  mcp serve --config mcp.toml --listen 127.0.0.1:8080\n"
    "  mcp serve --stdio --config claude_desktop_config.json\n";

struct Options {
  std::string config;
  std::optional<std::string> listen;
  std::string state_dir;
  std::string url;
  std::string log_level;
  std::string log_format;
  bool stdio = false;
  bool json = false;
  bool insecure_listen = false;
  CommandSandbox sandbox;
};

Result<void> validate(const Options& options, const Context& context) {
  if (options.stdio && options.json) {
    return fail(ErrorCode::kUsage, "--json and --stdio both claim stdout", "leave one of them out");
  }
  if (options.stdio && options.listen) {
    return fail(ErrorCode::kUsage, "--stdio listens on nothing, so --listen has no meaning",
                "leave one of them out");
  }
  if (context.has_dashes && context.after_dashes.empty()) {
    return fail(ErrorCode::kUsage, "no command stands after --", "mcp serve -- CMD ARGS…");
  }
  if (context.has_dashes && !options.url.empty()) {
    return fail(ErrorCode::kUsage, "a URL and a command after -- are two servers",
                "put both into a configuration file");
  }
  if (options.sandbox.has_paths() && !context.has_dashes) {
    return fail(ErrorCode::kUsage, "--read, --write and --network belong to a command after --",
                "set read, write and network in [servers.NAME]");
  }
  return {};
}

ServeSources sources_of(const Options& options, const Context& context) {
  ServeSources sources;
  sources.config_file = options.config;
  sources.state_directory = options.state_dir;
  if (options.listen) sources.flags.push_back({"serve", "listen", *options.listen});
  if (!options.log_level.empty()) sources.flags.push_back({"serve", "log_level", options.log_level});
  if (!options.log_format.empty()) sources.flags.push_back({"serve", "log_format", options.log_format});
  if (options.insecure_listen) sources.flags.push_back({"serve", "insecure_listen", "true"});
  if (!options.sandbox.profile.empty())
    sources.flags.push_back({"serve", "profile", options.sandbox.profile});
  sources.sandbox = options.sandbox;
  sources.url = options.url;
  sources.command = context.after_dashes;
  sources.own_executable = context.own_executable;
  sources.stdio = options.stdio;
  // Over --stdio stdin belongs to the client: nobody can be asked.
  if (!options.stdio) sources.ask = ask_at_terminal();
  return sources;
}

int run_serve(const Options& options, Context& context) {
  if (auto valid = validate(options, context); !valid) return report(valid.error());
  config::Report problems;
  auto config = load_serve_config(context.env, sources_of(options, context), problems);
  print_report(problems, std::cerr);
  if (!config) return problems.ok() ? report(config.error()) : exit_code(config.error().code);
  std::string mark = mark_of(*config, sources_of(options, context));
  if (auto checked = runtime::check_lineage(context.env, mark); !checked) return report(checked.error());
  log::configure(config->log_level, config->log_format);
  note_secrets(context.env, *config);
  auto tokens = resolve_tokens(context.env, *config);
  if (!tokens) return report(tokens.error());
  auto spans = spans_target(context.env, *config);
  if (!spans) return report(spans.error());
  return_large_memory();
  // Also where no server is to be shut in this time.
  sandbox::sweep_cgroups();
  ServeRun run{context.env,       context.spawner, std::move(*config), std::move(*tokens),
               std::move(*spans), std::move(mark), options.json,       sources_of(options, context)};
  auto ended = options.stdio ? serve_stdio(run) : serve_http(run);
  return ended ? *ended : report(ended.error());
}

}  // namespace

Command serve_command() {
  Command command;
  command.name = "serve";
  command.summary = "Serve every configured MCP server behind one endpoint";
  command.starts_children = true;
  command.usage = "serve [OPTIONS] [URL | -- CMD ARGS...]";
  command.details = kDetails;
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("URL", options->url, "front this one remote server");
    app.add_option("--config", options->config,
                   "configuration file (TOML, mcp.json, claude_desktop_config.json)")
        ->type_name("FILE");
    app.add_option("--listen", options->listen,
                   "HOST:PORT (port 0 means any) or unix:/PATH to listen on (default 127.0.0.1:8080)")
        ->type_name("ADDRESS");
    app.add_flag("--stdio", options->stdio, "speak MCP on stdin and stdout instead of listening");
    app.add_flag("--json", options->json, "say what happens as JSON lines on stdout");
    app.add_option("--state-dir", options->state_dir, "where state is kept (default $XDG_STATE_HOME/mcp)")
        ->type_name("DIR");
    app.add_option("--log-level", options->log_level, "what is logged on standard error (default info)")
        ->type_name("error|warn|info|debug");
    app.add_option("--log-format", options->log_format, "how (default logfmt)")->type_name("logfmt|json");
    app.add_flag("--insecure-listen", options->insecure_listen, "listen beyond loopback without any token");
    declare_sandbox_options(app, options->sandbox);
    return [options](Context& context) { return run_serve(*options, context); };
  };
  return command;
}

}  // namespace mcp::cmd
