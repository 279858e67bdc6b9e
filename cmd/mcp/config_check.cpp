#include "cmd/mcp/config_check.h"

#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"

namespace mcp::cmd {
namespace {

void print_summary(const ServeConfig& config, std::ostream& out) {
  if (config.files.empty()) out << "no configuration file; the built-in servers are served\n";
  for (const auto& file : config.files) out << file << ": ok\n";
  for (const auto& server : config.servers)
    out << "server " << server.name << ": " << describe(server) << "\n";
}

}  // namespace

int run(const ConfigCheckOptions& options, Env& env, std::ostream& out, std::ostream& err) {
  config::Report report;
  auto config = load_serve_config(env, {.config_file = options.file, .reads_only = true}, report);
  print_report(report, err);
  if (!config) return 4;
  print_summary(*config, out);
  return 0;
}

}  // namespace mcp::cmd
