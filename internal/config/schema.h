#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"
#include "internal/config/value.h"

namespace mcp::config {

// One key, declared by the package that obeys it. Everything else is made from this: the loader, the
// environment variable, `mcp config show`, the suggestion for a misspelt key, docs/configuration.md.
struct Key {
  enum class Reload { kLive, kRestart };  // does a reload apply it, or must mcp be started again?

  std::string name;  // "listen"; "tools.allow" is the key allow of the table tools
  Type type = Type::kString;
  std::string fallback = {};  // the default as the environment would give it, "[]" for an empty list; empty:
                              // none. NAME in it is the section's own name
  std::string help = {};      // one line, lower case
  std::vector<std::string> choices = {};  // when not empty, a kString takes nothing else
  std::int64_t min = 0;                   // kInteger, kDuration (ms), kSize (bytes)
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  Result<void> (*check)(const Value&) = nullptr;  // pure; an error's message starts with the quoted value;
                                                  // kSecretMap: of each entry, never quoted
  Result<void> (*check_name)(std::string_view) = nullptr;  // kSecretMap: of each entry's name; pure
  std::string flag = {};                                   // "--listen", when the command line has it
  std::string variable = {};  // "OTEL_…": of other programs, which means the same; ours wins
  bool flag_only = false;     // not in files: something nobody should write down
  std::string refused = {};   // not empty: known, but not offered, and why; hidden from show and docs
  std::string instead = {};   // refused: what to write; empty: nothing
  Reload reload = Reload::kRestart;
};

// [serve], or [servers.NAME] when it is repeated.
struct Section {
  std::string name;
  std::string help;
  bool repeated = false;
  std::vector<Key> keys;
  // A repeated table that has one of these replaces the same table of a lower file; one without amends it.
  std::vector<std::string> defining = {};

  const Key* find(std::string_view key) const;
  // Is there a key "GROUP.something"?
  bool is_group(std::string_view group) const;
  // What may stand at this place ("" or "tools."), for suggestions.
  std::vector<std::string> names_below(std::string_view prefix) const;
};

struct Schema {
  std::vector<Section> sections;

  const Section* find(std::string_view name) const;
};

// "MCP_SERVE_LISTEN"; empty for keys that the environment cannot set (repeated sections, tables, flag only).
std::string environment_variable(const Section& section, const Key& key);
// "MCP_SERVE_"
std::string environment_prefix(const Section& section);

// [a-z0-9-]{1,24}: the name of a table in a repeated section.
bool is_valid_name(std::string_view name);
// The nearest valid name: "My Server" -> "my-server"; empty when nothing of it can stay.
std::string normalise_name(std::string_view name);

// The reference as Markdown: one heading and one table a section.
std::string reference_markdown(const Schema& schema);

}  // namespace mcp::config
