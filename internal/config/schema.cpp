#include "internal/config/schema.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxName = 24;

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// As a part of an environment variable's name.
char upper(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  return c == '.' || c == '-' ? '_' : c;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

std::string default_cell(const Key& key) {
  if (key.fallback.empty()) return "";
  bool bare = key.type == Type::kInteger || key.type == Type::kBoolean || key.type == Type::kStringList;
  return code(bare ? key.fallback : json_quote(key.fallback));
}

std::string meaning_cell(const Key& key) {
  std::string text = key.help;
  if (!key.choices.empty()) {
    text += ": ";
    for (const auto& choice : key.choices)
      text += (&choice == &key.choices.front() ? "`" : ", `") + choice + "`";
  }
  if (key.flag_only) text += " (command line only)";
  return text;
}

std::string row(const Section& section, const Key& key) {
  std::string also = code(key.flag);
  if (auto variable = environment_variable(section, key); !variable.empty()) {
    also += (also.empty() ? "" : ", ") + code(variable);
  }
  if (!key.variable.empty()) also += (also.empty() ? "" : ", ") + code(key.variable);
  return "| " + code(key.name) + " | " + std::string(to_string(key.type)) + " | " + default_cell(key) +
         " | " + meaning_cell(key) + " | " + also + " |\n";
}

}  // namespace

const Key* Section::find(std::string_view key) const {
  auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == key; });
  return found == keys.end() ? nullptr : &*found;
}

bool Section::is_group(std::string_view group) const {
  auto prefix = std::string(group) + ".";
  return std::any_of(keys.begin(), keys.end(), [&](const Key& k) { return k.name.starts_with(prefix); });
}

std::vector<std::string> Section::names_below(std::string_view prefix) const {
  std::vector<std::string> names;
  for (const auto& key : keys) {
    if (!key.refused.empty() || key.flag_only || !key.name.starts_with(prefix)) continue;
    std::string rest = key.name.substr(prefix.size());
    rest = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != rest) names.push_back(std::move(rest));
  }
  return names;
}

const Section* Schema::find(std::string_view name) const {
  auto found =
      std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

std::string environment_prefix(const Section& section) {
  std::string name = "MCP_" + section.name + "_";
  std::transform(name.begin(), name.end(), name.begin(), upper);
  return name;
}

std::string environment_variable(const Section& section, const Key& key) {
  if (section.repeated || key.flag_only || !key.refused.empty() || key.type == Type::kSecretMap) return "";
  std::string name = key.name;
  std::transform(name.begin(), name.end(), name.begin(), upper);
  return environment_prefix(section) + name;
}

bool is_valid_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), is_name_character);
}

std::string normalise_name(std::string_view name) {
  std::string out;
  for (char c : to_lower(name)) {
    if (is_name_character(c) && c != '-') {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  out.resize(std::min(out.size(), kMaxName));
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

std::string reference_markdown(const Schema& schema) {
  std::string out;
  for (const auto& section : schema.sections) {
    out += (out.empty() ? "## `[" : "\n## `[") + section.name + (section.repeated ? ".NAME" : "") + "]`\n\n" +
           section.help + "\n\n| key | type | default | meaning | also as |\n|---|---|---|---|---|\n";
    for (const auto& key : section.keys) {
      if (key.refused.empty()) out += row(section, key);
    }
  }
  return out;
}

}  // namespace mcp::config
