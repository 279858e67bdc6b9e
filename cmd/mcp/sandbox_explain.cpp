// mcp sandbox explain: a plan made and printed; nothing is started but what the look at the machine needs.
#include "cmd/mcp/sandbox_explain.h"

#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/base/strings.h"
#include "internal/gateway/evidence.h"
#include "internal/json/value.h"
#include "internal/runtime/allowed_host.h"
#include "internal/runtime/confinement.h"
#include "internal/runtime/packages.h"
#include "internal/sandbox/explain.h"
#include "internal/sandbox/workshop.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "CMD is a command with its arguments, after --, shut in as mcp serve -- CMD and mcp call -- CMD do it.\n"
    "SERVER is the name of a configured server.\n\n"
    "EXIT STATUS\n"
    "  0  explained\n"
    "  1  it would not be started here: namespaces or a required protection are missing, or a path or\n"
    "     the command is\n"
    "  2  usage\n"
    "  4  the configuration is wrong\n\n"
    "EXAMPLE\n"
    "  mcp sandbox explain files\n"
    "  mcp sandbox explain --json -- node /srv/tool/index.js\n";

json::Value paths_json(const sandbox::Plan& plan) {
  json::Value all = json::Value::array();
  for (const sandbox::Item& item : plan.jail.view) {
    if (item.kind != sandbox::Item::Kind::kBind) continue;
    all.push_back({{"path", item.target}, {"write", item.writable}, {"execute", item.executable}});
  }
  return all;
}

// One host of `allow`, looked up as it would be at a start.
struct Looked {
  std::string host;
  std::vector<std::string> addresses;
  std::string error;
};

Task<void> look_up_into(async::Loop& loop, sandbox::Destination to, std::vector<sandbox::Range> ranges,
                        async::Millis deadline, std::shared_ptr<Looked> into) {
  auto found = co_await runtime::look_up_host(loop, to, ranges, deadline);
  if (!found) into->error = found.error().message;
  if (!found) co_return;
  for (const auto& endpoint : found->good) into->addresses.push_back(endpoint.address().to_string());
}

std::vector<Looked> look_up_hosts(const sandbox::Policy& policy) {
  async::Loop loop;
  std::vector<std::shared_ptr<Looked>> all;
  for (const std::string& text : policy.allow) {
    auto to = sandbox::parse_destination(text);
    if (!to) continue;
    all.push_back(std::make_shared<Looked>(Looked{to->text(), {}, {}}));
    loop.spawn(
        look_up_into(loop, *to, sandbox::ranges_of(policy), policy.egress.connect_timeout, all.back()));
  }
  loop.run();
  std::vector<Looked> out;
  for (const auto& one : all) out.push_back(*one);
  return out;
}

json::Value hosts_json(const std::vector<Looked>& hosts) {
  json::Value all = json::Value::array();
  for (const Looked& host : hosts) {
    all.push_back({{"host", host.host}, {"addresses", host.addresses}});
    if (!host.error.empty()) all.back()["error"] = host.error;
  }
  return all;
}

void print_hosts(const std::vector<Looked>& hosts, std::ostream& out) {
  for (const Looked& host : hosts) {
    std::string where;
    for (const std::string& address : host.addresses) where += (where.empty() ? "" : ", ") + address;
    out << "  reaches     " << host.host << (host.error.empty() ? " at " + where : ": NOT NOW: " + host.error)
        << "\n";
  }
}

json::Value limits_json(const sandbox::Limits& limits) {
  return {{"memory_bytes", limits.memory},
          {"cpu_percent", limits.cpu_percent},
          {"pids", limits.pids == 0 ? sandbox::kDefaultPids : limits.pids},
          {"files", limits.files == 0 ? sandbox::kDefaultFiles : limits.files},
          {"wall_ms", limits.wall.count()},
          {"output_bytes_per_second", limits.output == 0 ? sandbox::kDefaultOutput : limits.output}};
}

// What is explained, and what of it has to be said besides.
struct Subject {
  config::ServerEntry entry;
  std::string command;    // as it was written
  bool shut_in = true;    // as configured
  std::string package;    // that is or will be installed; empty: none
  bool installed = true;  // it is there
};

void print_json(const Subject& subject, const sandbox::Plan& plan, std::ostream& out) {
  json::Value answer = gateway::evidence_json(plan.evidence);
  answer["server"] = subject.entry.name;
  answer["command"] = subject.command;
  answer["applied"] = subject.shut_in;
  if (!subject.package.empty())
    answer["package"] = {{"name", subject.package}, {"installed", subject.installed}};
  answer["network"] = sandbox::to_string(plan.policy.network);
  answer["hosts"] = hosts_json(look_up_hosts(plan.policy));
  answer["limits"] = limits_json(plan.policy.limits);
  answer["paths"] = paths_json(plan);
  out << json::dump_pretty(answer) << "\n";
}

void print_text(const Subject& subject, const sandbox::Plan& plan, std::ostream& out) {
  out << subject.command << "\n";
  if (!subject.shut_in) {
    out << "  NO SANDBOX  it runs with all rights of its user: profile = \"none\".\n"
           "              profile = \""
        << plan.policy.profile << "\" would give it this:\n";
  }
  if (!subject.package.empty() && subject.installed) out << "  package     " << subject.package << "\n";
  if (!subject.installed) {
    out << "  package     " << subject.package
        << ": installed at the first start, or by mcp install, in a sandbox with the\n"
           "              network that may write to the package's folder alone; then it is shown, "
           "read-only\n";
  }
  out << sandbox::explain(plan);
  print_hosts(look_up_hosts(plan.policy), out);
}

// The command as it would be started: the installed program of an npx or uvx command.
Result<std::string> find_program(Env& env, Subject& subject, std::string& path) {
  MCP_ASSIGN(auto wanted, runtime::parse_package_command(subject.entry.command, subject.entry.args));
  if (!wanted) return std::string();
  MCP_ASSIGN(auto program, runtime::Packages::find(env, *wanted));
  subject.package = program ? program->package : runtime::describe(*wanted);
  subject.installed = program.has_value();
  if (!program) return std::string();
  runtime::use_program(*wanted, *program, subject.entry);
  path = runtime::search_prefix(*wanted, *program) + path;
  return program->folder;
}

Result<sandbox::Plan> plan_of(Env& env, Subject& subject) {
  std::string path = runtime::search_path(env);
  MCP_ASSIGN(std::string folder, find_program(env, subject, path));
  sandbox::Workshop workshop;
  return runtime::plan_for(workshop, env, subject.entry, {{"PATH", path}}, folder);
}

// A plan can be made for what is not there to be started.
Result<void> check_command(Env& env, const Subject& subject) {
  if (!subject.installed) return {};
  const config::ServerEntry& entry = subject.entry;
  auto own = entry.env.find("PATH");
  sandbox::Command command{entry.command, own == entry.env.end() ? runtime::search_path(env) : own->second,
                           runtime::directory_for(env, entry), ""};
  std::string file = sandbox::find_command(command);
  if (!file.empty() && env.exists(file)) return {};
  bool named = entry.command.find('/') != std::string::npos;
  return fail(ErrorCode::kNotFound,
              "command " + json_quote(entry.command) + (named ? " not found" : " not found in PATH"),
              named ? "check the path" : "install it, or give an absolute path");
}

Result<config::ServerEntry> chosen_server(const SandboxExplainOptions& options, Context& context) {
  if (context.has_dashes && context.after_dashes.empty())
    return fail(ErrorCode::kUsage, "no command stands after --", "mcp sandbox explain -- CMD ARGS…");
  if (context.has_dashes) return command_entry(context.env, context.after_dashes, options.sandbox);
  if (options.words.size() != 1)
    return fail(ErrorCode::kUsage, "give the name of one server, or -- CMD ARGS…",
                "see mcp sandbox explain --help");
  config::Report problems;
  ServeSources sources{.config_file = options.config, .reads_only = true};
  if (!options.sandbox.profile.empty())
    sources.flags.push_back({"serve", "profile", options.sandbox.profile});
  auto config = load_serve_config(context.env, sources, problems);
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
  Subject subject{std::move(entry), "", true, "", true};
  subject.command = describe(subject.entry);
  subject.shut_in = subject.entry.policy.active();
  if (!subject.shut_in) subject.entry.policy.profile = sandbox::kDefaultProfile;
  auto plan = plan_of(env, subject);
  if (plan) {
    if (auto there = check_command(env, subject); !there) plan = fail(std::move(there.error()));
  }
  if (!plan) {
    err << "mcp: error: " << plan.error().message << "\nmcp: hint: " << plan.error().hint << "\n";
    return kAnswerIsNo;
  }
  if (options.json) {
    print_json(subject, *plan, out);
  } else {
    print_text(subject, *plan, out);
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
    declare_sandbox_options(app, options->sandbox);
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
