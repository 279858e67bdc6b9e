#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/config/schema.h"
#include "internal/config/value.h"

namespace mcp::config {

// The settings of one section: [serve] or [servers.files]. Every value has passed its key's checks.
struct Table {
  std::string section;
  std::string name;  // of a repeated section, else empty
  Origin origin;     // its header
  // By key; the entries of a table of strings are "env.TOKEN", in the file's order.
  std::vector<std::pair<std::string, Value>> values = {};
  bool sound = true;       // false: something of it was wrong, was reported, and is missing here
  std::string title = {};  // of a table that is no section: what messages call it

  // "[serve]", "[servers.files]"; the title, when there is one
  std::string label() const;

  // nullptr: neither given nor defaulted.
  const Value* find(std::string_view key) const;
  // Given by someone, that is, not a default.
  bool given(std::string_view key) const;
  void set(std::string_view key, Value value);

  // Empty, 0, false when there is no value.
  std::string text(std::string_view key) const;
  std::int64_t number(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  // The entries of a table of strings.
  std::vector<std::pair<std::string, Value>> entries(std::string_view key) const;
};

// Parsed settings, from one source or from all of them merged.
struct Document {
  std::vector<Table> tables = {};
  std::vector<std::string> files = {};  // that were read, lowest first
  bool whole = true;                    // false: a file or a section is missing, because it was wrong

  const Table* find(std::string_view section, std::string_view name = {}) const;
  // Made when it is missing.
  Table& table(std::string_view section, std::string_view name = {}, const Origin& origin = {});
  // In order of first mention.
  std::vector<const Table*> all(std::string_view section) const;

  // Lays `upper` over this one: key by key, except for Section::defining.
  void merge(Document upper, const Schema& schema);
  // Gives every key that has a default and no value its default.
  void fill_defaults(const Schema& schema);
};

}  // namespace mcp::config
