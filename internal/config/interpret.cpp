#include "internal/config/interpret.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/config/convert.h"
#include "internal/config/secret.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxTables = 256;
constexpr std::size_t kMaxListed = 8;

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::size_t max_listed = kMaxListed) {
  if (auto near = nearest(word, candidates)) return "did you mean \"" + *near + "\"?";
  if (candidates.size() > max_listed)
    return "`mcp config show` lists the keys, docs/configuration.md says more";
  std::string all;
  for (const auto& candidate : candidates) all += (all.empty() ? "known here: " : ", ") + candidate;
  return all;
}

// One file's way through the schema.
class Interpreter {
 public:
  Interpreter(const Schema& schema, const std::string& path, Report& report)
      : schema_(schema), path_(path), report_(report) {}

  Document run(const Node& root) {
    for (const auto& member : root.members) section(member);
    return std::move(document_);
  }

  Table alone(const Section& section, const Node& node, const std::string& title) {
    max_listed_ = section.keys.size();  // no command and no page lists them
    Table into{.section = section.name, .name = {}, .origin = origin(node.at), .title = title};
    keys(section, into, node, "");
    return into;
  }

 private:
  Origin origin(Position at) const { return {Origin::Kind::kFile, path_, at}; }

  void section(const Node::Member& member) {
    const Section* found = schema_.find(member.name);
    if (found == nullptr) return unknown_section(member);
    std::string header = "[" + found->name + (found->repeated ? ".NAME" : "") + "]";
    if (member.value.kind != Node::Kind::kTable) {
      document_.whole = false;
      return report_.error(
          origin(member.at),
          "\"" + member.name + "\" must be a section, not " + std::string(describe(member.value.kind)),
          "write " + header);
    }
    if (!found->repeated) return table(*found, "", member);
    for (const auto& instance : member.value.members) repeated(*found, instance);
  }

  void unknown_section(const Node::Member& member) {
    std::vector<std::string> names;
    for (const auto& section : schema_.sections) names.push_back(section.name);
    bool is_table = member.value.kind == Node::Kind::kTable;
    if (!is_table) {
      for (const auto& section : schema_.sections) {
        if (section.find(member.name) == nullptr || section.repeated) continue;
        document_.whole = false;
        return report_.error(origin(member.at), "key \"" + member.name + "\" stands outside of its section",
                             "put it under [" + section.name + "]");
      }
    }
    document_.whole = false;
    std::string meant = is_table ? table_meant(member) : "";
    report_.error(origin(member.at),
                  is_table ? "unknown section [" + member.name + "]" : "unknown key \"" + member.name + "\"",
                  meant.empty() ? did_you_mean(member.name, names) : "did you mean [" + meant + "]?");
  }

  // [server.a] is [servers.a], but [server.tokens] is [serve.tokens].
  std::string table_meant(const Node::Member& member) const {
    if (member.value.members.empty() || member.value.members[0].value.kind != Node::Kind::kTable) return "";
    const std::string& below = member.value.members[0].name;
    for (const auto& section : schema_.sections) {
      bool fits = section.repeated ? is_valid_name(below) : section.find(below) != nullptr;
      if (fits && nearest(member.name, {section.name})) return section.name + "." + below;
    }
    return "";
  }

  void repeated(const Section& section, const Node::Member& member) {
    if (member.value.kind != Node::Kind::kTable) {
      return report_.error(origin(member.at),
                           "\"" + section.name + "." + member.name + "\" must be a section, not " +
                               std::string(describe(member.value.kind)),
                           "write [" + section.name + ".NAME] and its keys below");
    }
    if (!is_valid_name(member.name)) {
      std::string better = normalise_name(member.name);
      return report_.error(
          origin(member.at),
          json_quote(member.name) + " is no name for [" + section.name + ".NAME]: 1 to 24 of a-z, 0-9 and -",
          better.empty() ? "" : "write [" + section.name + "." + better + "]");
    }
    if (document_.tables.size() == kMaxTables) {
      return report_.error(origin(member.at), "more than 256 sections in one file");
    }
    table(section, member.name, member);
  }

  void table(const Section& section, const std::string& name, const Node::Member& member) {
    keys(section, document_.table(section.name, name, origin(member.at)), member.value, "");
  }

  void keys(const Section& section, Table& into, const Node& node, const std::string& prefix) {
    for (const auto& member : node.members) {
      std::string full = prefix + member.name;
      if (const Key* key = section.find(full)) {
        one_key(*key, into, member);
      } else if (section.is_group(full)) {
        group(section, into, member, full);
      } else {
        std::string label =
            prefix.empty() ? into.label() : into.label() + " " + prefix.substr(0, prefix.size() - 1);
        error(into, member.at, "unknown key " + json_quote(member.name) + " in " + label,
              did_you_mean(member.name, section.names_below(prefix), max_listed_));
      }
    }
  }

  void group(const Section& section, Table& into, const Node::Member& member, const std::string& full) {
    if (member.value.kind == Node::Kind::kTable) return keys(section, into, member.value, full + ".");
    std::string inside;
    for (const auto& name : section.names_below(full + ".")) inside += (inside.empty() ? "" : ", ") + name;
    error(into, member.value.at,
          into.label() + " " + full + ": must be a table, not " + std::string(describe(member.value.kind)),
          "write " + full + " = { … } with " + inside);
  }

  void one_key(const Key& key, Table& into, const Node::Member& member) {
    if (!key.refused.empty())
      return error(into, member.at, into.label() + " " + key.name + ": " + key.refused,
                   key.instead.empty() ? "leave the key out" : key.instead);
    if (key.flag_only) {
      return error(into, member.at, into.label() + " " + key.name + ": cannot be set in a file",
                   "give " + key.flag + " on the command line");
    }
    if (is_reported(member.value)) {
      into.sound = false;
      return;
    }
    if (key.type == Type::kSecretMap) return map(key, into, member);
    auto value = convert_node(key, member.value);
    if (!value) return wrong(into, into.label() + " " + key.name, member.value.at, value.error());
    value->origin = origin(member.at);
    into.set(key.name, std::move(*value));
  }

  void map(const Key& key, Table& into, const Node::Member& member) {
    std::string label = into.label() + " " + key.name;
    if (member.value.kind != Node::Kind::kTable) {
      return wrong(into, label, member.value.at, convert_node(key, member.value).error());
    }
    for (const auto& entry : member.value.members) {
      std::string entry_label = label + " " + json_quote(entry.name);
      if (is_reported(entry.value)) {
        into.sound = false;
        continue;
      }
      Value value{entry.value.text, 0, {}, origin(entry.at)};
      if (auto right = check_name(key, entry.name); !right) {
        wrong(into, entry_label, entry.at, right.error());
      } else if (right = check_entry(key, entry, value); !right) {
        wrong(into, entry_label, entry.value.at, right.error());
      } else {
        into.set(key.name + "." + entry.name, std::move(value));
      }
    }
  }

  static bool is_reported(const Node& node) {
    return node.wrong ||
           std::any_of(node.items.begin(), node.items.end(), [](const Node& item) { return item.wrong; });
  }

  static Result<void> check_name(const Key& key, const std::string& name) {
    return key.check_name == nullptr ? Result<void>{} : key.check_name(name);
  }

  static Result<void> check_entry(const Key& key, const Node::Member& entry, const Value& value) {
    if (entry.value.kind != Node::Kind::kString) {
      return fail(ErrorCode::kInvalid, "must be a string, not " + std::string(describe(entry.value.kind)),
                  "write text in quotes; a secret may be file:PATH or env:NAME");
    }
    MCP_TRY(check_secret(value.text));
    if (key.check != nullptr) MCP_TRY(key.check(value));
    return {};
  }

  void wrong(Table& table, const std::string& label, Position at, const Error& error) {
    this->error(table, at, label + ": " + error.message, error.hint);
  }

  // Nothing is derived from a table of which a part is missing.
  void error(Table& table, Position at, std::string message, std::string hint) {
    table.sound = false;
    report_.error(origin(at), std::move(message), std::move(hint));
  }

  const Schema& schema_;
  const std::string& path_;
  Report& report_;
  Document document_;
  std::size_t max_listed_ = kMaxListed;
};

}  // namespace

Document interpret(const Schema& schema, const Node& root, const std::string& path, Report& report) {
  Document document = Interpreter(schema, path, report).run(root);
  document.files.push_back(path);
  return document;
}

Table interpret_table(const Section& section, const Node& node, const std::string& path,
                      const std::string& title, Report& report) {
  Schema none;
  return Interpreter(none, path, report).alone(section, node, title);
}

}  // namespace mcp::config
