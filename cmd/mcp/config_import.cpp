#include "cmd/mcp/config_import.h"

#include <algorithm>
#include <array>

#include "cmd/mcp/config_print.h"
#include "cmd/mcp/serve_config.h"
#include "internal/base/strings.h"
#include "internal/config/foreign.h"
#include "internal/config/load.h"
#include "internal/config/paths.h"
#include "internal/config/render.h"
#include "internal/config/secret.h"

namespace mcp::cmd {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr auto kSecretWords =
    std::to_array<std::string_view>({"key", "token", "secret", "password", "auth", "credential", "cookie"});

void leave_out_ourselves(config::Document& document, config::Report& report) {
  std::erase_if(document.tables, [&](const config::Table& table) {
    if (!config::is_own_serve(table.text("command"), table.list("args"), "")) return false;
    report.warn(table.origin, "server \"" + table.name + "\" is this gateway itself and is left out");
    return true;
  });
}

// A relative path is relative to the file that has it, and that file changes.
void keep_paths(Env& env, const std::string& directory, config::Document& document) {
  for (auto& table : document.tables) {
    for (const char* key : {"directory", "env_file"}) {
      const config::Value* value = table.find(key);
      if (value == nullptr || value->text.starts_with("${") || value->text.starts_with("~/")) continue;
      config::Value absolute = *value;
      absolute.text = config::anchor_path(env, directory, value->text);
      table.set(key, std::move(absolute));
    }
  }
}

bool sounds_secret(std::string_view name) {
  std::string lower = to_lower(name);
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

void warn_of_plain_secrets(const config::Document& document, config::Report& report) {
  for (const auto& table : document.tables) {
    for (const char* key : {"env", "headers"}) {
      for (const auto& [name, value] : table.entries(key)) {
        if (!sounds_secret(name) || config::shown_secret(value.text).find("(hidden)") == std::string::npos)
          continue;
        report.warn(value.origin, table.label() + " " + key + " " + json_quote(name) + " is plain text",
                    "put it into a file and write \"file:PATH\"");
      }
    }
  }
}

int write_file(Env& env, const std::string& text, std::ostream& out, std::ostream& err) {
  std::string path = env.current_directory() + "/mcp.toml";
  config::Report report;
  int status = 0;
  if (env.exists(path)) {
    report.add({ErrorCode::kExists, path + " is there already",
                "move it away, or leave --write out and add what is printed by hand"});
    status = 4;
  } else if (auto written = env.write_file(path, text); !written) {
    report.add(std::move(written.error()));
    status = 8;
  } else {
    out << "wrote " << path << "\n";
  }
  print_report(report, err);
  return status;
}

config::Document read(Env& env, const std::string& path, config::Report& report) {
  auto content = config::read_regular_file(env, path, kMaxFile);
  if (content) return config::parse_file(configuration_schema(), path, *content, report);
  report.add(std::move(content.error()));
  return {};
}

}  // namespace

int run(const ConfigImportOptions& options, Env& env, std::ostream& out, std::ostream& err) {
  config::Report report;
  std::string path =
      options.file.starts_with('/') ? options.file : env.current_directory() + "/" + options.file;
  config::Document document = read(env, path, report);
  leave_out_ourselves(document, report);
  keep_paths(env, config::directory_of(path), document);
  warn_of_plain_secrets(document, report);
  print_report(report, err);
  if (!report.ok()) return 4;
  std::string text =
      config::render_toml(configuration_schema(), document, {.defaults = false, .secrets = true});
  if (options.write) return write_file(env, text, out, err);
  out << text;
  return 0;
}

}  // namespace mcp::cmd
