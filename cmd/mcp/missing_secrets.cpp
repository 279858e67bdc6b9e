#include "cmd/mcp/missing_secrets.h"

#include "internal/base/strings.h"
#include "internal/config/paths.h"
#include "internal/config/secret.h"

namespace mcp::cmd {
namespace {

std::string home_of(const config::Value& value) {
  bool file = value.origin.kind == config::Origin::Kind::kFile;
  return file ? config::directory_of(value.origin.name) : "";
}

class Looker {
 public:
  Looker(Env& env, const config::Table& table, config::Report& report)
      : env_(env), table_(table), report_(report) {}

  void entries(const std::string& key) {
    for (const auto& [name, value] : table_.entries(key)) {
      std::string where = key + " " + json_quote(name);
      for (const auto& path :
           config::files_of_secret(config::anchor_secret(env_, home_of(value), value.text)))
        look(where, value, path);
      for (const auto& variable : config::variables_of_secret(value.text)) {
        if (env_.variable(variable)) continue;
        report_.warn(value.origin,
                     table_.label() + " " + where + ": the variable " + variable + " is not set",
                     "it is read when it is used: set it for mcp, or give a default: ${" + variable + ":-…}");
      }
    }
  }

  void file(const std::string& key) {
    const config::Value* value = table_.find(key);
    if (value != nullptr) look(key, *value, config::anchor_path(env_, home_of(*value), value->text));
  }

 private:
  void look(const std::string& key, const config::Value& value, const std::string& path) {
    // What holds a variable is known when it is replaced.
    if (env_.exists(path) || path.find("${") != std::string::npos) return;
    report_.warn(value.origin, table_.label() + " " + key + ": there is no file " + path,
                 "it is read when it is used: create it, or correct the path");
  }

  Env& env_;
  const config::Table& table_;
  config::Report& report_;
};

}  // namespace

void warn_of_missing_secrets(Env& env, const config::Document& document, config::Report& report) {
  for (const auto& table : document.tables) {
    Looker looker(env, table, report);
    if (table.section == "serve") {
      looker.entries("otlp_headers");
      looker.entries("tokens");
    }
    if (table.section != "servers" || !table.boolean("enabled")) continue;
    looker.entries("env");
    looker.entries("headers");
    looker.file("env_file");
  }
}

}  // namespace mcp::cmd
