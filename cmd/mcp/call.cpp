// mcp call: options in, one call made.
#include <unistd.h>
#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/approval_ask.h"
#include "cmd/mcp/call_run.h"
#include "cmd/mcp/command.h"
#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/terminal.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "TARGET is a URL (also unix:/SOCKET:/PATH), the name of a configured server, or left out when -- CMD\n"
    "ARGS… names one.\n"
    "CALL is one of: tools list · resources list · templates list · prompts list · discover ·\n"
    "tool NAME · resource URI · prompt NAME\n\n"
    "A command runs in the sandbox that it would have under mcp serve.\n\n"
    "EXIT STATUS\n"
    "  0  the call succeeded\n"
    "  1  the tool answered isError\n"
    "  2  usage\n"
    "  4  configuration\n"
    "  5  the server wants other credentials, or a file of the current directory was not approved\n"
    "  6  the server cannot be reached, or did not answer in time\n"
    "  7  the server answered a protocol error, or broke the protocol, or is no MCP server\n"
    "  130  interrupted\n\n"
    "EXAMPLE\n"
    "  mcp call http://127.0.0.1:8080/mcp tools list\n"
    "  mcp call http://127.0.0.1:8080/mcp tool echo --arg message=hello\n"
    "  mcp call discover -- npx -y @modelcontextprotocol/server-memory\n";

struct Options {
  std::vector<std::string> words;
  std::vector<std::string> args;
  std::vector<std::string> headers;
  std::string json_args;
  std::string config;
  std::string era = "auto";
  double timeout_seconds = 60;
  bool trace = false;
  bool json = false;
  CommandSandbox sandbox;
};

constexpr double kLongestTimeout = 86'400;

// CLI11 wants the complaint, or nothing.
std::string check_timeout(const std::string& text) {
  double seconds = 0;
  bool number = CLI::detail::lexical_cast(text, seconds);
  if (number && seconds > 0 && seconds <= kLongestTimeout) return {};
  return "\"" + text + "\" is not a number of seconds above 0 and up to a day";
}

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("unix:/");
}

Result<config::ServerEntry> configured_server(const std::string& name, const Options& options,
                                              Context& context) {
  ServeSources sources;
  sources.config_file = options.config;
  sources.own_executable = context.own_executable;
  sources.stdio = true;
  sources.ask = ask_at_terminal();
  if (!options.sandbox.profile.empty())
    sources.flags.push_back({"serve", "profile", options.sandbox.profile});
  config::Report problems;
  auto config = load_serve_config(context.env, sources, problems);
  print_report(problems, std::cerr);
  if (!config) return fail(std::move(config.error()));
  std::vector<std::string> names;
  for (const config::ServerEntry& entry : config->servers) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  auto meant = nearest(name, names);
  return fail(ErrorCode::kConfig, "no server \"" + name + "\" is configured",
              meant ? "did you mean \"" + *meant + "\"?" : "give a URL, or -- CMD ARGS…");
}

Result<config::ServerEntry> target_of(Options& options, Context& context) {
  config::ServerEntry entry;
  entry.name = "target";
  if (context.has_dashes) {
    if (context.after_dashes.empty())
      return fail(ErrorCode::kUsage, "no command stands after --", "mcp call tools list -- CMD ARGS…");
    MCP_ASSIGN(config::ServerEntry made, command_entry(context.env, context.after_dashes, options.sandbox));
    made.name = entry.name;
    return made;
  }
  if (options.sandbox.has_paths()) {
    return fail(ErrorCode::kUsage, "--read, --write and --network belong to a command after --",
                "set read, write and network in [servers.NAME]");
  }
  if (options.words.empty())
    return fail(ErrorCode::kUsage, "no target", "a URL, a server's name, or -- CMD ARGS…");
  std::string target = options.words.front();
  options.words.erase(options.words.begin());
  if (auto scheme = target.find("://"); !is_url(target) && scheme != std::string::npos) {
    return fail(ErrorCode::kUsage, json_quote(target.substr(0, scheme)) + " is no URL scheme that mcp speaks",
                "http://, https:// or unix:/SOCKET:/PATH");
  }
  if (!is_url(target)) return configured_server(target, options, context);
  entry.kind = config::ServerEntry::Kind::kUrl;
  entry.url = target;
  for (const std::string& header : options.headers) {
    MCP_ASSIGN(auto field, parse_header(header));
    entry.headers.push_back(std::move(field));
  }
  return entry;
}

int call(Options& options, Context& context) {
  auto target = target_of(options, context);
  if (!target) return report(target.error());
  auto verb = parse_verb(options.words);
  if (!verb) return report(verb.error());
  bool takes_arguments = verb->kind == CallVerb::Kind::kTool || verb->kind == CallVerb::Kind::kPrompt;
  if (!takes_arguments && (!options.args.empty() || !options.json_args.empty()))
    return report(Error{ErrorCode::kUsage, "only tool NAME and prompt NAME take arguments", {}});
  auto era = client::parse_era_choice(options.era);
  if (!era) return report(era.error());
  CallRun run{context.env, context.spawner, std::move(*target), *era, std::move(*verb), options.args, {}};
  run.timeout_ms = static_cast<std::int64_t>(options.timeout_seconds * 1000);
  run.trace = options.trace;
  run.json = options.json;
  run.on_terminal = is_terminal(STDOUT_FILENO);
  run.can_ask = is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO);
  if (!options.json_args.empty()) {
    if (!options.args.empty())
      return report(Error{ErrorCode::kUsage, "--arg and --json-args exclude each other", {}});
    auto json_args = read_json_arguments(context.env, options.json_args);
    if (!json_args) return report(json_args.error());
    run.json_args = std::move(*json_args);
  }
  return run_call(run);
}

}  // namespace

Command call_command() {
  Command command;
  command.name = "call";
  command.summary = "Call one MCP server by hand or from a script";
  command.starts_children = true;
  command.usage = "call [OPTIONS] {URL | SERVER} CALL\n       mcp call [OPTIONS] CALL -- CMD ARGS...";
  command.details = kDetails;
  command.words = {"tools",   "tool",   "resources", "resource", "templates",
                   "prompts", "prompt", "discover",  "list"};
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("WORDS", options->words, "[TARGET] CALL")->type_name("");
    app.add_option("--arg", options->args,
                   "an argument KEY=VALUE, typed by the tool's schema; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_option("--json-args", options->json_args,
                   "all arguments: a JSON file, - for stdin, or the object itself")
        ->type_name("FILE");
    app.add_option("--era", options->era,
                   "the protocol's era: legacy asks with initialize, modern is 2026-07-28")
        ->type_name("auto|legacy|modern");
    app.add_option("--header", options->headers,
                   "a further request header NAME: VALUE (URL targets); the value may be file:PATH\n"
                   "or hold ${env:NAME}, which keeps secrets out of the command line")
        ->type_name("FIELD")
        ->allow_extra_args(false);
    app.add_option("--timeout", options->timeout_seconds, "seconds to wait for each answer")
        ->check(check_timeout);
    app.add_option("--config", options->config, "where configured servers are looked up")->type_name("FILE");
    app.add_flag("--trace", options->trace, "print every frame to stderr");
    app.add_flag("--json", options->json, "print the raw result");
    declare_sandbox_options(app, options->sandbox);
    return [options](Context& context) { return call(*options, context); };
  };
  return command;
}

}  // namespace mcp::cmd
