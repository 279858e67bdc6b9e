#include "cmd/mcp/config_check.h"

#include <nlohmann/json.hpp>

#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/json/value.h"

namespace mcp::cmd {
namespace {

void print_summary(const ServeConfig& config, std::ostream& out) {
  if (config.files.empty()) out << "no configuration file; the built-in servers are served\n";
  for (const auto& file : config.files) out << file << ": ok\n";
  for (const auto& server : config.servers)
    out << "server " << server.name << ": " << describe(server) << "\n";
}

json::Value problems(const std::vector<Error>& errors) {
  json::Value all = json::Value::array();
  for (const Error& error : errors) {
    json::Value one = {{"message", error.message}};
    if (!error.hint.empty()) one["hint"] = error.hint;
    all.push_back(std::move(one));
  }
  return all;
}

void print_json(const Result<ServeConfig>& config, const config::Report& report, std::ostream& out) {
  json::Value answer = {{"ok", config.has_value()}};
  if (config) {
    answer["files"] = config->files;
    answer["servers"] = json::Value::array();
    for (const auto& server : config->servers)
      answer["servers"].push_back({{"name", server.name}, {"does", describe(server)}});
  }
  answer["errors"] = problems(report.errors());
  answer["warnings"] = problems(report.warnings());
  out << json::dump_pretty(answer) << "\n";
}

}  // namespace

int run(const ConfigCheckOptions& options, Env& env, std::ostream& out, std::ostream& err) {
  config::Report report;
  auto config = load_serve_config(env, {.config_file = options.file, .reads_only = true}, report);
  if (options.json) {
    print_json(config, report, out);
    return config ? 0 : 4;
  }
  print_report(report, err);
  if (!config) return 4;
  print_summary(*config, out);
  return 0;
}

}  // namespace mcp::cmd
