#include "internal/service/definition.h"

#include <algorithm>
#include <set>

#include "internal/base/strings.h"
#include "internal/config/interpret.h"
#include "internal/config/node.h"
#include "internal/service/definition_keys.h"

namespace mcp::service {
namespace {

using config::Node;
using config::Origin;
using config::Table;

// One file's way to a spec; every mistake goes to the report.
class Reader {
 public:
  Reader(const std::string& path, config::Report& report) : path_(path), report_(report) {}

  std::optional<ServiceSpec> run(std::string_view text) {
    auto root = config::read_toml(path_, text);
    if (!root) {
      report_.add(std::move(root.error()));
      return std::nullopt;
    }
    top(*root);
    components(*root);
    return std::move(spec_);
  }

 private:
  Origin origin(config::Position at) const { return {Origin::Kind::kFile, path_, at}; }

  void top(const Node& root) {
    Node own;
    for (const auto& member : root.members) {
      if (member.name != "components") own.members.push_back(member);
    }
    Table table = config::interpret_table(service_keys(), own, path_, "the service", report_);
    spec_.name = required(table, root, "name", "name = \"web\"");
    spec_.node = required(table, root, "node", "node = \"node1\"");
    if (const auto* active = table.find("active")) spec_.active = active->number != 0;
  }

  std::string required(const Table& table, const Node& node, const char* key, const char* example) {
    if (const auto* value = table.find(key)) return value->text;
    // Wrong ones were reported already.
    if (node.find(key) == nullptr)
      report_.error(origin(node.at), table.label() + " has no " + key, std::string("write ") + example);
    return "";
  }

  void components(const Node& root) {
    const auto* member = root.find("components");
    if (member == nullptr)
      return report_.error(origin(root.at), "the service has no components",
                           "write [[components]] and below it name = \"…\" and image = \"…\"");
    const Node& list = member->value;
    bool tables = list.kind == Node::Kind::kList &&
                  std::all_of(list.items.begin(), list.items.end(),
                              [](const Node& item) { return item.kind == Node::Kind::kTable; });
    if (!tables)
      return report_.error(origin(member->at), "components must be a list of tables",
                           "write [[components]], in two brackets, above each");
    if (list.items.empty())
      return report_.error(origin(member->at), "the service has no components",
                           "write [[components]] and below it name = \"…\" and image = \"…\"");
    if (list.items.size() > kMaxComponents)
      return report_.error(origin(list.items[kMaxComponents].at),
                           "more than " + std::to_string(kMaxComponents) + " components",
                           "split the service");
    for (const auto& item : list.items) component(item);
  }

  void component(const Node& node) {
    std::size_t before = report_.errors().size();
    const auto* name = node.find("name");
    std::string title = name != nullptr && name->value.kind == Node::Kind::kString
                            ? "component " + json_quote(name->value.text)
                            : "component " + std::to_string(spec_.components.size() + 1);
    Table table = config::interpret_table(component_keys(), node, path_, title, report_);
    ComponentSpec component;
    component.name = required(table, node, "name", "name = \"api\"");
    component.image = required(table, node, "image", "image = \"registry.example.com/api:v1\"");
    if (!component.name.empty() && spec_.find(component.name) != nullptr)
      report_.error(origin(name->at), title + " is there twice", "give each component a name of its own");
    texts(table, component);
    limits(table, component);
    health(table, node, component);
    // What no single key shows.
    if (auto right = validate(component); report_.errors().size() == before && !right)
      report_.error(origin(node.at), title + ": " + right.error().message, right.error().hint);
    spec_.components.push_back(std::move(component));
  }

  void texts(const Table& table, ComponentSpec& component) {
    component.network = table.text("network");
    component.user = table.text("user");
    component.restart = table.text("restart");
    component.ports = table.list("ports");
    component.volumes = table.list("volumes");
    component.cmd = table.list("cmd");
    auto variables = table.entries("env");
    if (variables.size() > kMaxVariables)
      report_.error(variables[kMaxVariables].second.origin,
                    table.label() + " env: more than " + std::to_string(kMaxVariables) + " variables",
                    "put them into a file that the program reads");
    for (auto& [name, value] : variables) component.env[name] = value.text;
  }

  static void limits(const Table& table, ComponentSpec& component) {
    component.memory = table.number("memory");
    if (table.given("cpu")) component.cpu_percent = parse_cpu(table.text("cpu")).value_or(0);
    component.pids = table.number("pids");
    component.stop_timeout_ms = table.number("stop_timeout");
  }

  void health(const Table& table, const Node& node, ComponentSpec& component) {
    const auto* member = node.find("health");
    if (member == nullptr || member->value.kind != Node::Kind::kTable) return;
    Health health;
    health.cmd = table.list("health.cmd");
    if (health.cmd.empty() && table.sound)
      report_.error(origin(member->at), table.label() + " health has no cmd", "write cmd = [\"/bin/check\"]");
    auto number = [&](const char* key, std::int64_t& into) {
      if (const auto* value = table.find(key)) into = value->number;
    };
    number("health.interval", health.interval_ms);
    number("health.timeout", health.timeout_ms);
    number("health.retries", health.retries);
    number("health.start_period", health.start_period_ms);
    component.health = std::move(health);
  }

  const std::string& path_;
  config::Report& report_;
  ServiceSpec spec_;
};

// Where the line begins that `at` is in.
std::size_t start_of_line(std::string_view text, unsigned line) {
  std::size_t start = 0;
  for (unsigned seen = 1; seen < line; ++seen) start = text.find('\n', start) + 1;
  return start;
}

// As a definition stands: the words before `active` and `name` are ASCII, so that columns are bytes.
Result<std::string> splice_active(const std::string& path, std::string_view text, const Node& root,
                                  bool active) {
  std::string out(text);
  const std::string_view wanted = active ? "true" : "false";
  const auto* found = root.find("active");
  if (found == nullptr) {
    if (active) return out;
    auto start = start_of_line(text, root.find("name")->at.line);
    bool crlf = text.find("\r\n") != std::string_view::npos;
    if (start == 0 && text.starts_with("\xef\xbb\xbf")) start = 3;
    return out.insert(start, crlf ? "active = false\r\n" : "active = false\n");
  }
  auto start = start_of_line(text, found->value.at.line);
  const std::string_view there = found->value.boolean ? "true" : "false";
  // From the line's beginning: a byte order mark may have shifted the columns.
  auto equals = text.find('=', start);
  auto at = equals == std::string_view::npos ? equals : text.find(there, equals);
  if (at == std::string_view::npos)
    return fail(ErrorCode::kConfig, path + ": active is not where it was found",
                "write active = true on a line of its own");
  return out.replace(at, there.size(), wanted);
}

}  // namespace

std::optional<ServiceSpec> parse_definition(const std::string& path, std::string_view text,
                                            config::Report& report) {
  if (text.size() > kMaxDefinitionBytes) {
    report.add({ErrorCode::kConfig, path + ": larger than " + std::to_string(kMaxDefinitionBytes) + " bytes",
                "a definition is a few lines: look what the file is"});
    return std::nullopt;
  }
  // One of its own: a full report shows no further mistakes.
  config::Report own;
  auto spec = Reader(path, own).run(text);
  for (const auto& error : own.errors()) report.add(error);
  return own.ok() ? std::move(spec) : std::nullopt;
}

Result<std::string> with_active(const std::string& path, std::string_view text, bool active) {
  config::Report report;
  auto before = parse_definition(path, text, report);
  if (!before) return fail(report.first());
  auto root = config::read_toml(path, text);
  if (!root) return fail(std::move(root.error()));
  MCP_ASSIGN(std::string changed, splice_active(path, text, *root, active));
  // The one thing that may differ.
  before->active = active;
  auto after = parse_definition(path, changed, report);
  if (after && *after == *before) return changed;
  return fail(ErrorCode::kConfig, path + ": active cannot be changed in place",
              "write active = " + std::string(active ? "true" : "false") + " on a line of its own");
}

}  // namespace mcp::service
