#include "internal/config/interpret.h"

#include "internal/base/strings.h"
#include "internal/config/convert.h"
#include "internal/config/secret.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxTables = 256;

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (auto near = nearest(word, candidates)) return "did you mean \"" + *near + "\"?";
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

 private:
  Origin origin(Position at) const { return {Origin::Kind::kFile, path_, at}; }

  void section(const Node::Member& member) {
    const Section* found = schema_.find(member.name);
    if (found == nullptr) return unknown_section(member);
    std::string header = "[" + found->name + (found->repeated ? ".NAME" : "") + "]";
    if (member.value.kind != Node::Kind::kTable) {
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
        return report_.error(origin(member.at), "key \"" + member.name + "\" stands outside of its section",
                             "put it under [" + section.name + "]");
      }
    }
    report_.error(origin(member.at),
                  is_table ? "unknown section [" + member.name + "]" : "unknown key \"" + member.name + "\"",
                  did_you_mean(member.name, names));
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
        report_.error(origin(member.at), "unknown key " + json_quote(member.name) + " in " + label,
                      did_you_mean(member.name, section.names_below(prefix)));
      }
    }
  }

  void group(const Section& section, Table& into, const Node::Member& member, const std::string& full) {
    if (member.value.kind == Node::Kind::kTable) return keys(section, into, member.value, full + ".");
    std::string inside;
    for (const auto& name : section.names_below(full + ".")) inside += (inside.empty() ? "" : ", ") + name;
    report_.error(
        origin(member.value.at),
        into.label() + " " + full + ": must be a table, not " + std::string(describe(member.value.kind)),
        "write " + full + " = { … } with " + inside);
  }

  void one_key(const Key& key, Table& into, const Node::Member& member) {
    if (!key.refused.empty())
      return report_.error(origin(member.at), into.label() + " " + key.name + ": " + key.refused,
                           "leave the key out");
    if (key.flag_only) {
      return report_.error(origin(member.at), into.label() + " " + key.name + ": cannot be set in a file",
                           "give " + key.flag + " on the command line");
    }
    if (key.type == Type::kSecretMap) return map(key, into, member);
    auto value = convert_node(key, member.value);
    if (!value) return wrong(into.label() + " " + key.name, member.value.at, value.error());
    value->origin = origin(member.at);
    into.set(key.name, std::move(*value));
  }

  void map(const Key& key, Table& into, const Node::Member& member) {
    std::string label = into.label() + " " + key.name;
    if (member.value.kind != Node::Kind::kTable) {
      return wrong(label, member.value.at, convert_node(key, member.value).error());
    }
    for (const auto& entry : member.value.members) {
      std::string entry_label = label + " " + json_quote(entry.name);
      if (entry.value.kind != Node::Kind::kString) {
        report_.error(origin(entry.value.at),
                      entry_label + ": must be a string, not " + std::string(describe(entry.value.kind)));
        continue;
      }
      if (auto right = check_secret(entry.value.text); !right) {
        wrong(entry_label, entry.value.at, right.error());
        continue;
      }
      into.set(key.name + "." + entry.name, Value{entry.value.text, 0, {}, origin(entry.at)});
    }
  }

  void wrong(const std::string& label, Position at, const Error& error) {
    report_.error(origin(at), label + ": " + error.message, error.hint);
  }

  const Schema& schema_;
  const std::string& path_;
  Report& report_;
  Document document_;
};

}  // namespace

Document interpret(const Schema& schema, const Node& root, const std::string& path, Report& report) {
  Document document = Interpreter(schema, path, report).run(root);
  document.files.push_back(path);
  return document;
}

}  // namespace mcp::config
