#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::config {

// A place in a file, both counted from 1.
struct Position {
  unsigned line = 1;
  unsigned column = 1;

  friend bool operator==(const Position&, const Position&) = default;
};

// What a configuration file says, before any schema: one tree for TOML and JSON, in the file's own order.
struct Node {
  enum class Kind { kTable, kList, kString, kInteger, kFloat, kBoolean, kDate, kNull };
  struct Member;

  Kind kind = Kind::kTable;
  Position at;
  std::string text;             // kString; kFloat and kDate as written
  std::int64_t integer = 0;     // kInteger
  bool boolean = false;         // kBoolean
  std::vector<Node> items;      // kList
  std::vector<Member> members;  // kTable
  bool wrong = false;           // reported already: nothing more is said of it

  const Member* find(std::string_view name) const;
  Node& add(std::string name, Position at_name, Node value);
};

struct Node::Member {
  std::string name;
  Position at;
  Node value;
};

inline const Node::Member* Node::find(std::string_view name) const {
  for (const auto& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

inline Node& Node::add(std::string name, Position at_name, Node value) {
  members.push_back(Member{std::move(name), at_name, std::move(value)});
  return members.back().value;
}

inline Node string_node(std::string text, Position at) {
  Node node;
  node.kind = Node::Kind::kString;
  node.at = at;
  node.text = std::move(text);
  return node;
}

inline Node boolean_node(bool value, Position at) {
  Node node;
  node.kind = Node::Kind::kBoolean;
  node.at = at;
  node.boolean = value;
  return node;
}

// "a string", "an integer", …: for messages.
std::string_view describe(Node::Kind kind);

// Errors: kConfig, "PATH:LINE:COLUMN: what is wrong". `path` is only quoted, never opened.
Result<Node> read_toml(const std::string& path, std::string_view text);
// JSON as editors write it: // and /* */ comments and trailing commas are tolerated, duplicate keys are not.
Result<Node> read_json(const std::string& path, std::string_view text);

}  // namespace mcp::config
