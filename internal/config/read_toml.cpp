#include <algorithm>

#include <toml++/toml.h>

#include "internal/config/node.h"
#include "internal/config/value.h"

namespace mcp::config {
namespace {

Position position(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

Node convert(const toml::node& from);

// toml++ keeps tables sorted by key; the file's order decides which server comes first.
Node convert_table(const toml::table& table) {
  Node node;
  for (const auto& [key, value] : table) {
    node.add(std::string(key.str()), position(key.source()), convert(value));
  }
  std::stable_sort(node.members.begin(), node.members.end(), [](const auto& a, const auto& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  return node;
}

Node convert_list(const toml::array& array) {
  Node node;
  node.kind = Node::Kind::kList;
  for (const auto& item : array) node.items.push_back(convert(item));
  return node;
}

Node convert_scalar(const toml::node& from) {
  Node node;
  if (const auto* text = from.as_string()) {
    node.kind = Node::Kind::kString;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = Node::Kind::kInteger;
    node.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.kind = Node::Kind::kBoolean;
    node.boolean = boolean->get();
  } else {
    node.kind = from.is_floating_point() ? Node::Kind::kFloat : Node::Kind::kDate;
  }
  return node;
}

Node convert(const toml::node& from) {
  Node node = from.is_table()   ? convert_table(*from.as_table())
              : from.is_array() ? convert_list(*from.as_array())
                                : convert_scalar(from);
  node.at = position(from.source());
  return node;
}

// toml++ says "cannot redefine existing …" of what is there already.
std::string hint_for(const std::string& why) {
  if (why.find("redefine") != std::string::npos)
    return "a table or key stands once: join the two, or remove one";
  return "lines are [TABLE] or KEY = VALUE, text in quotes: command = \"npx\", args = [\"-y\", \"name\"]";
}

}  // namespace

Result<Node> read_toml(const std::string& path, std::string_view text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    Origin origin{Origin::Kind::kFile, path, position(error.source())};
    std::string why(error.description());
    return fail(ErrorCode::kConfig, origin.to_string() + ": not valid TOML: " + why, hint_for(why));
  }
}

}  // namespace mcp::config
