#include "internal/client/form_defaults.h"

#include "internal/base/strings.h"
#include "internal/json/members.h"

namespace mcp::client {

std::string with_form_defaults(std::string_view content, std::string_view requested_schema) {
  std::string filled;
  auto add = [&filled](std::string_view key, std::string_view raw) {
    filled += (filled.empty() ? "" : ",") + json_quote(key) + ":" + std::string(raw);
  };
  for (const json::Field& given : json::members_of(content)) add(given.key, given.raw);
  for (const json::Field& property : json::members_of(json::member_of(requested_schema, "properties"))) {
    std::string_view value = json::member_of(property.raw, "default");
    if (!value.empty() && json::member_of(content, property.key).empty()) add(property.key, value);
  }
  return "{" + filled + "}";
}

}  // namespace mcp::client
