#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "internal/json/value.h"

namespace mcp::cmd {

// Looks into what a server sent, which may be of any shape. Never throws.

// The member; null when `object` is none or has no such member.
inline json::Value part_of(const json::Value& object, const char* key) {
  if (!object.is_object()) return json::Value();
  auto member = object.find(key);
  return member == object.end() ? json::Value() : *member;
}

// The member's text; empty when it is no string.
inline std::string text_of(const json::Value& object, const char* key) {
  json::Value member = part_of(object, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

// The member when it is an array, else an empty one.
inline json::Value list_of(const json::Value& object, const char* key) {
  json::Value member = part_of(object, key);
  return member.is_array() ? member : json::Value::array();
}

}  // namespace mcp::cmd
