#include "internal/config/document.h"

#include <algorithm>

#include "internal/config/convert.h"

namespace mcp::config {
namespace {

bool defines(const Table& table, const Schema& schema) {
  const Section* section = schema.find(table.section);
  if (section == nullptr) return false;
  return std::any_of(section->defining.begin(), section->defining.end(),
                     [&](const std::string& key) { return table.find(key) != nullptr; });
}

void fill_table(Table& table, const Section& section) {
  for (const auto& key : section.keys) {
    if (key.fallback.empty() || !key.refused.empty() || table.find(key.name) != nullptr) continue;
    table.set(key.name, default_value(key, table.name));
  }
}

}  // namespace

std::string Table::label() const {
  return title.empty() ? "[" + section + (name.empty() ? "" : "." + name) + "]" : title;
}

const Value* Table::find(std::string_view key) const {
  auto found =
      std::find_if(values.begin(), values.end(), [&](const auto& entry) { return entry.first == key; });
  return found == values.end() ? nullptr : &found->second;
}

bool Table::given(std::string_view key) const {
  const Value* value = find(key);
  return (value != nullptr && value->origin.kind != Origin::Kind::kDefault) || !entries(key).empty();
}

void Table::set(std::string_view key, Value value) {
  auto found =
      std::find_if(values.begin(), values.end(), [&](const auto& entry) { return entry.first == key; });
  if (found != values.end()) {
    found->second = std::move(value);
  } else {
    values.emplace_back(key, std::move(value));
  }
}

std::string Table::text(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? "" : value->text;
}

std::int64_t Table::number(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? 0 : value->number;
}

bool Table::boolean(std::string_view key) const { return number(key) != 0; }

std::vector<std::string> Table::list(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? std::vector<std::string>{} : value->list;
}

std::vector<std::pair<std::string, Value>> Table::entries(std::string_view key) const {
  std::vector<std::pair<std::string, Value>> found;
  auto prefix = std::string(key) + ".";
  for (const auto& [name_in_table, value] : values) {
    if (name_in_table.starts_with(prefix)) found.emplace_back(name_in_table.substr(prefix.size()), value);
  }
  return found;
}

const Table* Document::find(std::string_view section, std::string_view name) const {
  auto found = std::find_if(tables.begin(), tables.end(),
                            [&](const Table& t) { return t.section == section && t.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

Table& Document::table(std::string_view section, std::string_view name, const Origin& origin) {
  auto found = std::find_if(tables.begin(), tables.end(),
                            [&](const Table& t) { return t.section == section && t.name == name; });
  if (found != tables.end()) return *found;
  tables.push_back(Table{std::string(section), std::string(name), origin});
  return tables.back();
}

std::vector<const Table*> Document::all(std::string_view section) const {
  std::vector<const Table*> found;
  for (const auto& candidate : tables) {
    if (candidate.section == section) found.push_back(&candidate);
  }
  return found;
}

void Document::merge(Document upper, const Schema& schema) {
  for (auto& from : upper.tables) {
    Table& into = table(from.section, from.name, from.origin);
    if (defines(from, schema)) {
      into = std::move(from);
      continue;
    }
    for (auto& [key, value] : from.values) into.set(key, std::move(value));
    into.sound = into.sound && from.sound;
  }
  files.insert(files.end(), upper.files.begin(), upper.files.end());
  whole = whole && upper.whole;
}

void Document::fill_defaults(const Schema& schema) {
  for (const auto& section : schema.sections) {
    if (!section.repeated) fill_table(table(section.name), section);
  }
  for (auto& candidate : tables) {
    if (const Section* section = schema.find(candidate.section)) fill_table(candidate, *section);
  }
}

}  // namespace mcp::config
