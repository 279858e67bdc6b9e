#include "internal/config/render.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/config/secret.h"

namespace mcp::config {
namespace {

using Json = nlohmann::ordered_json;

std::string bare_or_quoted(std::string_view key) {
  constexpr std::string_view kBare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !key.empty() && key.find_first_not_of(kBare) == std::string_view::npos ? std::string(key)
                                                                                : toml_quote(key);
}

bool visible(const Value& value, const RenderOptions& options) {
  return options.defaults || value.origin.kind != Origin::Kind::kDefault;
}

Json value_json(const Key& key, const Value& value, const RenderOptions& options) {
  switch (key.type) {
    case Type::kInteger: return value.number;
    case Type::kBoolean: return value.number != 0;
    case Type::kStringList: return value.list;
    case Type::kSecretMap: return options.secrets ? value.text : shown_secret(value.text);
    default: return value.text;
  }
}

std::string value_toml(const Key& key, const Value& value, const RenderOptions& options) {
  Json json = value_json(key, value, options);
  if (json.is_string()) return toml_quote(json.get_ref<const std::string&>());
  if (!json.is_array()) return json.dump();
  std::string out;
  for (const auto& item : value.list) out += (out.empty() ? "" : ", ") + toml_quote(item);
  return "[" + out + "]";
}

// Collects the lines of one table.
class TomlTable {
 public:
  TomlTable(const Section& section, const Table& table, const RenderOptions& options)
      : section_(section), table_(table), options_(options) {}

  std::string run() {
    for (const auto& key : section_.keys) {
      if (key.type != Type::kSecretMap) scalar(key);
    }
    for (const auto& key : section_.keys) {
      if (key.type == Type::kSecretMap) map(key);
    }
    return std::move(out_);
  }

 private:
  void line(const std::string& name, const Key& key, const Value& value) {
    out_ += name + " = " + value_toml(key, value, options_);
    if (options_.origin) out_ += "  # " + value.origin.to_string();
    out_ += "\n";
  }

  void scalar(const Key& key) {
    const Value* value = table_.find(key.name);
    if (value == nullptr || key.flag_only || !visible(*value, options_)) return;
    line(key.name, key, *value);
  }

  void map(const Key& key) {
    auto entries = table_.entries(key.name);
    if (entries.empty()) return;
    std::string header = table_.label();
    header.back() = '.';
    out_ += header + key.name + "]\n";
    for (const auto& [name, value] : entries) line(bare_or_quoted(name), key, value);
  }

  const Section& section_;
  const Table& table_;
  const RenderOptions& options_;
  std::string out_;
};

Json with_origin(Json value, const Origin& origin, const RenderOptions& options) {
  if (!options.origin) return value;
  return {{"value", std::move(value)}, {"origin", origin.to_string()}};
}

Json table_json(const Section& section, const Table& table, const RenderOptions& options) {
  Json out = Json::object();
  for (const auto& key : section.keys) {
    if (key.type == Type::kSecretMap) {
      for (const auto& [name, value] : table.entries(key.name)) {
        out[key.name][name] = with_origin(value_json(key, value, options), value.origin, options);
      }
      continue;
    }
    const Value* value = table.find(key.name);
    if (value == nullptr || key.flag_only || !visible(*value, options)) continue;
    Json json = with_origin(value_json(key, *value, options), value->origin, options);
    auto dot = key.name.find('.');
    if (dot == std::string::npos) {
      out[key.name] = std::move(json);
    } else {
      out[key.name.substr(0, dot)][key.name.substr(dot + 1)] = std::move(json);
    }
  }
  return out;
}

}  // namespace

std::string toml_quote(std::string_view text) {
  std::string out = json_quote(text);
  // TOML 1.0: unlike JSON, DEL must be escaped too.
  for (auto at = out.find('\x7f'); at != std::string::npos; at = out.find('\x7f'))
    out.replace(at, 1, "\\u007f");
  return out;
}

std::string render_toml(const Schema& schema, const Document& document, const RenderOptions& options) {
  std::string out;
  for (const auto& section : schema.sections) {
    for (const Table* table : document.all(section.name)) {
      std::string body = TomlTable(section, *table, options).run();
      if (body.empty() && !section.repeated) continue;
      out += (out.empty() ? "" : "\n") + table->label() + "\n" + body;
    }
  }
  return out;
}

std::string render_json(const Schema& schema, const Document& document, const RenderOptions& options) {
  Json out = Json::object();
  for (const auto& section : schema.sections) {
    for (const Table* table : document.all(section.name)) {
      Json& at = section.repeated ? out[section.name][table->name] : out[section.name];
      at = table_json(section, *table, options);
    }
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mcp::config
