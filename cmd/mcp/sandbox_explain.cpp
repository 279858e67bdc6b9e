// mcp sandbox explain: a plan made and printed; nothing is started but what the look at the machine needs.
#include "cmd/mcp/sandbox_explain.h"

#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/gateway/evidence.h"
#include "internal/json/value.h"
#include "internal/sandbox/explain.h"
#include "internal/sandbox/workshop.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "CMD is a command with its arguments, after --; it is looked at under the profile \"runtime\" unless\n"
    "--profile names another. SERVER is the name of a configured server.\n\n"
    "EXIT STATUS\n"
    "  0  explained\n"
    "  1  it would not be started here: namespaces or a required protection are missing, or a path is\n"
    "  2  usage\n"
    "  4  the configuration is wrong\n\n"
    "EXAMPLE\n"
    "  mcp sandbox explain files\n"
    "  mcp sandbox explain --json -- node /srv/tool/index.js\n";

std::string home_of(Env& env) { return env.variable("HOME").value_or(""); }
std::string path_of(Env& env) { return env.variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin"); }

json::Value paths_json(const sandbox::Plan& plan) {
  json::Value all = json::Value::array();
  for (const sandbox::Item& item : plan.jail.view) {
    if (item.kind != sandbox::Item::Kind::kBind) continue;
    all.push_back({{"path", item.target}, {"write", item.writable}, {"execute", item.executable}});
  }
  return all;
}

json::Value limits_json(const sandbox::Limits& limits) {
  return {{"memory_bytes", limits.memory},
          {"cpu_percent", limits.cpu_percent},
          {"pids", limits.pids == 0 ? sandbox::kDefaultPids : limits.pids},
          {"files", limits.files == 0 ? sandbox::kDefaultFiles : limits.files},
          {"wall_ms", limits.wall.count()}};
}

void print_json(const config::ServerEntry& entry, bool chosen, const sandbox::Plan& plan, std::ostream& out) {
  json::Value answer = gateway::evidence_json(plan.evidence);
  answer["server"] = entry.name;
  answer["command"] = describe(entry);
  answer["applied"] = chosen;
  answer["network"] = sandbox::to_string(plan.policy.network);
  answer["limits"] = limits_json(plan.policy.limits);
  answer["paths"] = paths_json(plan);
  answer["hidden_arguments"] = sandbox::hidden_arguments(plan, entry.args);
  out << json::dump_pretty(answer) << "\n";
}

void print_text(const config::ServerEntry& entry, bool chosen, const sandbox::Plan& plan, std::ostream& out) {
  out << describe(entry) << "\n";
  if (!chosen) {
    out << "  NO SANDBOX  it runs with all rights of its user: profile = \"none\" is the default.\n"
           "              profile = \""
        << plan.policy.profile << "\" would give it this:\n";
  }
  out << sandbox::explain(plan);
  for (const std::string& arg : sandbox::hidden_arguments(plan, entry.args)) {
    out << "  not shown   " << arg << " (an argument): add it, or its folder, to read or write\n";
  }
}

Result<config::ServerEntry> chosen_server(const SandboxExplainOptions& options, Context& context) {
  if (context.has_dashes) {
    if (context.after_dashes.empty())
      return fail(ErrorCode::kUsage, "no command stands after --", "mcp sandbox explain -- CMD ARGS…");
    config::ServerEntry entry;
    entry.name = "target";
    entry.command = context.after_dashes[0];
    entry.args.assign(context.after_dashes.begin() + 1, context.after_dashes.end());
    return entry;
  }
  if (options.words.size() != 1)
    return fail(ErrorCode::kUsage, "give the name of one server, or -- CMD ARGS…",
                "see mcp sandbox explain --help");
  config::Report problems;
  auto config = load_serve_config(context.env, {.config_file = options.config, .reads_only = true}, problems);
  print_report(problems, std::cerr);
  if (!config) return fail(std::move(config.error()));
  for (const config::ServerEntry& entry : config->servers) {
    if (entry.name == options.words[0]) return entry;
  }
  return fail(ErrorCode::kConfig, "no server \"" + options.words[0] + "\" is configured",
              "see mcp config check, or write -- CMD ARGS…");
}

}  // namespace

int explain(const SandboxExplainOptions& options, config::ServerEntry entry, Env& env, std::ostream& out,
            std::ostream& err) {
  if (entry.kind != config::ServerEntry::Kind::kCommand) {
    err << "mcp: error: server \"" << entry.name << "\" is no command: " << describe(entry) << "\n"
        << "mcp: hint: only what is started here can be shut in\n";
    return kUsage;
  }
  bool chosen = entry.policy.active();
  if (!options.profile.empty()) entry.policy.profile = options.profile;
  if (!entry.policy.active()) entry.policy.profile = "runtime";
  sandbox::Workshop workshop;
  auto plan = workshop.plan(entry.policy, {entry.command, path_of(env), entry.directory, home_of(env)});
  if (!plan) {
    err << "mcp: error: " << plan.error().message << "\nmcp: hint: " << plan.error().hint << "\n";
    return kAnswerIsNo;
  }
  if (options.json) {
    print_json(entry, chosen, *plan, out);
  } else {
    print_text(entry, chosen, *plan, out);
  }
  return kOk;
}

Command sandbox_explain_command() {
  Command command;
  command.name = "sandbox explain";
  command.summary = "Say what a server may see and use, and what is missing here";
  command.details = kDetails;
  command.usage = "sandbox explain [OPTIONS] (SERVER | -- CMD ARGS…)";
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<SandboxExplainOptions>();
    app.add_option("SERVER", options->words, "the name of a configured server");
    app.add_option("--config", options->config, "the file to read in place of ./mcp.toml or ./mcp.json")
        ->type_name("FILE");
    app.add_option("--profile", options->profile, "look at it under this profile")
        ->check(CLI::IsMember({"runtime", "compat"}));
    app.add_flag("--json", options->json, "print a JSON object");
    return [options](Context& context) {
      auto entry = chosen_server(*options, context);
      if (!entry) return report(entry.error());
      return explain(*options, std::move(*entry), context.env, std::cout, std::cerr);
    };
  };
  return command;
}

}  // namespace mcp::cmd
