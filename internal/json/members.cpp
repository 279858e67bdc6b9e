#include "internal/json/members.h"

#include "internal/json/walk.h"

namespace mcp::json {
namespace {

bool names(std::string_view raw_key, std::string_view key) {
  if (raw_key.find('\\') == std::string_view::npos) {
    return raw_key.size() == key.size() + 2 && raw_key.substr(1, key.size()) == key;
  }
  auto text = decode_string(raw_key);
  return text && *text == key;
}

}  // namespace

Fields members_of(std::string_view object) {
  Fields members;
  Walk walk(object, '{');
  while (walk.next()) {
    std::string_view key = walk.key();
    std::string_view value = walk.value();
    if (value.empty() || !members.add(key, value)) break;
  }
  return members;
}

std::string_view member_of(std::string_view object, std::string_view key) {
  Walk walk(object, '{');
  while (walk.next()) {
    std::string_view name = walk.key();
    std::string_view value = walk.value();
    if (names(name, key)) return value;
  }
  return {};
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  Walk walk(array, '[');
  while (walk.next()) {
    std::string_view value = walk.value();
    if (value.empty()) break;
    elements.push_back(value);
  }
  return elements;
}

}  // namespace mcp::json
