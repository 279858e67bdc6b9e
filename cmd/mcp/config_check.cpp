#include "cmd/mcp/config_check.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/config/approval.h"
#include "internal/config/paths.h"
#include "internal/json/value.h"

namespace mcp::cmd {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

// A file of the current directory takes effect only once it was approved.
bool is_unapproved(Env& env, const std::string& path, const ServeConfig& config) {
  auto local = config::local_config_files(env);
  if (std::find(local.begin(), local.end(), path) == local.end()) return false;
  auto content = config::read_regular_file(env, path, kMaxFile);
  if (!content) return false;
  auto approved = config::Approvals(env, config.state_directory).is_approved(path, *content);
  return approved && !*approved;
}

// Of the files that were found, not named.
std::vector<std::string> unapproved_files(Env& env, const ConfigCheckOptions& options,
                                          const ServeConfig& config) {
  std::vector<std::string> files;
  if (!options.file.empty()) return files;
  for (const auto& file : config.files) {
    if (is_unapproved(env, file, config)) files.push_back(file);
  }
  return files;
}

void print_summary(const ServeConfig& config, const std::vector<std::string>& unapproved, std::ostream& out) {
  if (config.files.empty()) out << "no configuration file; the built-in servers are served\n";
  for (const auto& file : config.files) out << file << ": ok\n";
  for (const auto& file : unapproved) {
    out << file << ": not approved yet: mcp serve asks on a terminal and refuses it without one; --config "
        << "names it outright\n";
  }
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

void print_json(const Result<ServeConfig>& config, const std::vector<std::string>& unapproved,
                const config::Report& report, std::ostream& out) {
  json::Value answer = {{"ok", config.has_value()}};
  if (config) {
    answer["files"] = config->files;
    answer["unapproved"] = unapproved;
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
  auto unapproved = config ? unapproved_files(env, options, *config) : std::vector<std::string>{};
  if (options.json) {
    print_json(config, unapproved, report, out);
    return config ? 0 : 4;
  }
  print_report(report, err);
  if (!config) return 4;
  print_summary(*config, unapproved, out);
  return 0;
}

}  // namespace mcp::cmd
