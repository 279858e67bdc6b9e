#include "internal/config/foreign.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "internal/base/strings.h"
#include "internal/config/sandbox_keys.h"
#include "internal/config/schema.h"
#include "internal/config/text_template.h"

namespace mcp::config {
namespace {

struct Renamed {
  std::string_view theirs;
  std::string_view ours;
};

// `serverUrl` and `httpUrl` are what other editors call `url`.
constexpr auto kKeys = std::to_array<Renamed>({{"command", "command"},
                                               {"args", "args"},
                                               {"env", "env"},
                                               {"envFile", "env_file"},
                                               {"cwd", "directory"},
                                               {"url", "url"},
                                               {"serverUrl", "url"},
                                               {"httpUrl", "url"},
                                               {"headers", "headers"}});
constexpr auto kWithoutMeaning =
    std::to_array<std::string_view>({"$schema", "description", "gallery", "version", "name"});
constexpr auto kTypes =
    std::to_array<std::string_view>({"stdio", "http", "streamable-http", "streamableHttp", "sse"});

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// What only we understand and other programs pass over: how the server is shut in.
bool is_ours(const std::string& name) {
  static const std::vector<Key> keys = sandbox_keys();
  return std::any_of(keys.begin(), keys.end(), [&name](const Key& key) { return key.name == name; });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The folder that VS Code calls ${workspaceFolder}: the one that holds .vscode/mcp.json.
std::string workspace_of(const std::string& path) {
  auto slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  if (folder == ".vscode") return ".";
  if (folder.ends_with("/.vscode")) folder.resize(folder.size() - 8);
  return folder;
}

// One entry of `mcpServers` or `servers` into one [servers.NAME] table.
class EntryTranslator {
 public:
  EntryTranslator(const std::string& path, const std::string& name, Report& report)
      : path_(path), name_(name), report_(report) {}

  Node run(const Node& entry) {
    Node table;
    table.at = entry.at;
    for (const auto& member : entry.members) translate(member, table);
    if (expand_) table.add("expand", entry.at, boolean_node(true, entry.at));
    return table;
  }

 private:
  void warn(Position at, const std::string& what, std::string hint = {}) {
    report_.warn({Origin::Kind::kFile, path_, at}, "server " + json_quote(name_) + ": " + what,
                 std::move(hint));
  }
  void error(Position at, const std::string& what, std::string hint = {}) {
    report_.error({Origin::Kind::kFile, path_, at}, "server " + json_quote(name_) + ": " + what,
                  std::move(hint));
  }

  void translate(const Node::Member& member, Node& table) {
    if (member.value.kind == Node::Kind::kNull) return;
    if (member.name == "type" || member.name == "transport") return type(member, table);
    if (member.name == "disabled" || member.name == "enabled") return switched(member, table);
    if (is_ours(member.name)) {
      table.add(member.name, member.at, member.value);
      return;
    }
    auto known =
        std::find_if(kKeys.begin(), kKeys.end(), [&](const Renamed& r) { return r.theirs == member.name; });
    if (known == kKeys.end()) {
      if (!contains(kWithoutMeaning, member.name))
        warn(member.at, "key " + json_quote(member.name) + " has no meaning here", meant(member.name));
      return;
    }
    bool secret = known->ours == "env" || known->ours == "headers";
    table.add(std::string(known->ours), member.at, secret ? secrets(member.value) : plain(member.value));
  }

  static std::string meant(const std::string& key) {
    std::vector<std::string> keys{"type", "transport", "disabled", "enabled"};
    for (const Renamed& known : kKeys) keys.emplace_back(known.theirs);
    auto near = nearest(key, keys);
    return near ? "did you mean \"" + *near + "\"?" : "";
  }

  void type(const Node::Member& member, Node& table) {
    bool text = member.value.kind == Node::Kind::kString;
    if (!text || !contains(kTypes, member.value.text)) {
      bool socket = text && (member.value.text == "ws" || member.value.text == "websocket");
      return error(
          member.value.at, member.name + " must be \"stdio\", \"http\" or \"sse\"",
          socket ? "MCP has no WebSocket transport: give the server's http:// or https:// address" : "");
    }
    if (member.value.text == "sse" && table.find("transport") == nullptr) {
      table.add("transport", member.at, string_node("sse", member.value.at));
    }
  }

  void switched(const Node::Member& member, Node& table) {
    if (member.value.kind != Node::Kind::kBoolean) {
      return error(member.value.at, member.name + " must be true or false");
    }
    bool enabled = member.value.boolean == (member.name == "enabled");
    table.add("enabled", member.at, boolean_node(enabled, member.value.at));
  }

  // Numbers and booleans are taken as their text: "PORT": 3000.
  Node secrets(const Node& from) {
    Node to = from;
    std::erase_if(to.members,
                  [](const Node::Member& member) { return member.value.kind == Node::Kind::kNull; });
    for (auto& [name, at, value] : to.members) {
      if (value.kind == Node::Kind::kInteger) value = string_node(std::to_string(value.integer), value.at);
      if (value.kind == Node::Kind::kFloat) value = string_node(value.text, value.at);
      if (value.kind == Node::Kind::kBoolean) value = string_node(value.boolean ? "true" : "false", value.at);
      if (value.kind != Node::Kind::kString) continue;
      replacements(value);
      // There "file:./dev.db" is a value like any other; here it would be the file's content.
      bool looks_special = value.text.starts_with("file:") || value.text.starts_with("env:") ||
                           value.text.starts_with("text:");
      if (looks_special) value.text.insert(0, "text:");
    }
    return to;
  }

  Node plain(const Node& from) {
    Node to = from;
    for (auto& item : to.items) plain_text(item);
    plain_text(to);
    return to;
  }

  void plain_text(Node& node) {
    if (node.kind != Node::Kind::kString || node.text.find("${") == std::string::npos) return;
    expand_ = true;
    replacements(node);
  }

  void replacements(Node& node) {
    replace_all(node.text, "${workspaceFolder}", workspace_of(path_));
    replace_all(node.text, "${userHome}", "${HOME}");
    auto parsed = parse_template(node.text);
    if (parsed) return;
    error(node.at, parsed.error().message, parsed.error().hint);
    node.wrong = true;
  }

  const std::string& path_;
  const std::string& name_;
  Report& report_;
  bool expand_ = false;
};

const Node::Member* servers_of(const Node& root, const std::string& path, Report& report) {
  const auto* ours = root.find("mcpServers");
  const auto* code = root.find("servers");
  Origin start{Origin::Kind::kFile, path, root.at};
  if (root.find("serve") != nullptr) {
    report.error({Origin::Kind::kFile, path, root.find("serve")->at}, "[serve] cannot be set in a JSON file",
                 "put it into mcp.toml");
  }
  if (ours != nullptr && code != nullptr) {
    report.error({Origin::Kind::kFile, path, code->at}, "both \"mcpServers\" and \"servers\"",
                 "keep one of them");
    return nullptr;
  }
  if (ours != nullptr || code != nullptr) return ours != nullptr ? ours : code;
  std::string hint = "expected {\"mcpServers\": {…}} or {\"servers\": {…}}";
  for (const auto& member : root.members) {
    if (auto near = nearest(member.name, {"mcpServers", "servers"})) {
      start.at = member.at;
      hint = "did you mean \"" + *near + "\" instead of " + json_quote(member.name) + "?";
    }
  }
  report.error(start, "no \"mcpServers\" and no \"servers\" in it", hint);
  return nullptr;
}

}  // namespace

Node translate_foreign(const Node& root, const std::string& path, Report& report) {
  Node out;
  const auto* servers = servers_of(root, path, report);
  if (servers == nullptr) return out;
  Node& tables = out.add("servers", servers->at, Node{});
  if (servers->value.kind != Node::Kind::kTable) {
    report.error(
        {Origin::Kind::kFile, path, servers->value.at},
        json_quote(servers->name) + " must be a table, not " + std::string(describe(servers->value.kind)),
        "write " + json_quote(servers->name) + ": {\"NAME\": {\"command\": \"…\"}}");
    out.members.clear();
    return out;
  }
  std::map<std::string, std::string> taken;
  for (const auto& [name, at, entry] : servers->value.members) {
    Origin here{Origin::Kind::kFile, path, at};
    std::string ours = is_valid_name(name) ? name : normalise_name(name);
    if (ours.empty()) {
      report.error(
          here, "nothing of the server name " + json_quote(name) + " can be used: 1 to 24 of a-z, 0-9 and -",
          "rename it");
      continue;
    }
    if (ours != name) report.warn(here, "server " + json_quote(name) + " is called \"" + ours + "\" here");
    if (auto [other, fresh] = taken.emplace(ours, name); !fresh) {
      report.error(here,
                   "servers " + json_quote(other->second) + " and " + json_quote(name) +
                       " would both be called \"" + ours + "\"",
                   "rename one of them");
      continue;
    }
    Node table = entry.kind == Node::Kind::kTable ? EntryTranslator(path, name, report).run(entry) : entry;
    tables.add(ours, at, std::move(table));
  }
  return out;
}

bool is_own_serve(std::string_view command, const std::vector<std::string>& args,
                  std::string_view own_executable) {
  auto base = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  bool ours = base(command) == "mcp" || (!own_executable.empty() && base(command) == base(own_executable));
  return ours && std::find(args.begin(), args.end(), "serve") != args.end();
}

}  // namespace mcp::config
