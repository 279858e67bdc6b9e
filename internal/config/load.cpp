#include "internal/config/load.h"

#include "internal/base/strings.h"
#include "internal/config/convert.h"
#include "internal/config/foreign.h"
#include "internal/config/interpret.h"
#include "internal/config/paths.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

bool is_json(const std::string& path, std::string_view content) {
  if (path.ends_with(".json") || path.ends_with(".jsonc")) return true;
  if (path.ends_with(".toml")) return false;
  auto start = trim(content);
  return start.starts_with('{') || start.starts_with("//") || start.starts_with("/*");
}

// The file's settings, when there is a file and it may take effect. Of one with errors what is right is
// taken, so that the rest can be judged too.
void add_file(Env& env, const Schema& schema, const Sources& sources, const File& file, Document& document,
              Report& report) {
  auto content = read_regular_file(env, file.path, kMaxFile);
  if (!content) {
    bool missing = content.error().code == ErrorCode::kNotFound;
    if (missing && !file.required) return;
    document.whole = false;
    return report.add({ErrorCode::kConfig, "configuration file: " + content.error().message,
                       missing ? "check the path given to --config" : content.error().hint});
  }
  Report own;
  Document parsed = parse_file(schema, file.path, *content, own);
  for (const auto& warning : own.warnings()) report.warn(warning);
  for (const auto& error : own.errors()) report.add(error);
  if (file.local && sources.gate) {
    // Nobody is asked about a file that cannot take effect.
    if (!own.ok()) return;
    if (auto allowed = sources.gate({file.path, *content, parsed}); !allowed)
      return report.add(std::move(allowed.error()));
  }
  document.merge(std::move(parsed), schema);
}

void set_from_text(Document& document, const Section& section, const Key& key, std::string_view text,
                   Origin origin, Report& report) {
  std::string spelled = origin.kind == Origin::Kind::kFlag ? origin.name + " " : origin.name + "=";
  auto value = convert_text(key, text, spelled);
  Table& table = document.table(section.name);
  if (!value) {
    table.sound = false;
    return report.error(origin, value.error().message, value.error().hint);
  }
  value->origin = std::move(origin);
  table.set(key.name, std::move(*value));
}

void add_environment(Env& env, const Schema& schema, Document& document, Report& report) {
  auto variables = env.variables();
  for (const auto& section : schema.sections) {
    if (section.repeated) continue;
    std::vector<std::string> known;
    for (const auto& key : section.keys) {
      std::string name = environment_variable(section, key);
      if (name.empty()) continue;
      known.push_back(name);
      auto found = variables.find(name);
      if (found == variables.end() && !key.variable.empty()) {
        name = key.variable;
        found = variables.find(name);
      }
      if (found == variables.end()) continue;
      set_from_text(document, section, key, found->second, {Origin::Kind::kEnvironment, name, {}}, report);
      variables.erase(found);
    }
    std::string prefix = environment_prefix(section);
    for (auto it = variables.lower_bound(prefix); it != variables.end() && it->first.starts_with(prefix);
         ++it) {
      auto near = nearest(it->first, known);
      report.warn({Origin::Kind::kEnvironment, it->first, {}}, "names no setting",
                  near ? "did you mean " + *near + "?" : "");
    }
  }
}

void add_flags(const Schema& schema, const std::vector<Setting>& flags, Document& document, Report& report) {
  for (const auto& flag : flags) {
    const Section* section = schema.find(flag.section);
    const Key* key = section == nullptr ? nullptr : section->find(flag.key);
    if (key == nullptr) {
      report.add({ErrorCode::kInternal, "no key " + flag.section + "." + flag.key + " in the schema", ""});
      continue;
    }
    std::string shown = key->flag.empty() ? "--" + key->name : key->flag;
    set_from_text(document, *section, *key, flag.text, {Origin::Kind::kFlag, shown, {}}, report);
  }
}

}  // namespace

Document parse_file(const Schema& schema, const std::string& path, std::string_view content, Report& report) {
  bool json = is_json(path, content);
  auto root = json ? read_json(path, content) : read_toml(path, content);
  if (!root) {
    report.add(std::move(root.error()));
    return {.whole = false};
  }
  if (root->kind != Node::Kind::kTable) {
    report.error({Origin::Kind::kFile, path, root->at},
                 "must be a table, not " + std::string(describe(root->kind)),
                 "write {\"mcpServers\": {\"NAME\": {\"command\": \"…\"}}}");
    return {.whole = false};
  }
  if (!json) return interpret(schema, *root, path, report);
  std::size_t before = report.errors().size();
  Node translated = translate_foreign(*root, path, report);
  bool whole = report.errors().size() == before;
  Document document = interpret(schema, translated, path, report);
  document.whole = document.whole && whole;
  return document;
}

Document load(Env& env, const Schema& schema, const Sources& sources, Report& report) {
  Document document;
  for (const auto& file : configuration_files(env, sources.file, sources.local)) {
    add_file(env, schema, sources, file, document, report);
  }
  add_environment(env, schema, document, report);
  add_flags(schema, sources.flags, document, report);
  document.fill_defaults(schema);
  return document;
}

}  // namespace mcp::config
