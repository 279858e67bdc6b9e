#include "cmd/mcp/config_show.h"

#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/config/load.h"
#include "internal/config/render.h"

namespace mcp::cmd {

int run(const ConfigShowOptions& options, Env& env, std::ostream& out, std::ostream& err) {
  config::Report report;
  const auto& schema = configuration_schema();
  auto document = config::load(env, schema, {.file = options.file}, report);
  print_report(report, err);
  if (!report.ok()) return 4;
  config::RenderOptions how{.origin = options.origin};
  out << (options.json ? config::render_json(schema, document, how)
                       : config::render_toml(schema, document, how));
  return 0;
}

}  // namespace mcp::cmd
