#include "internal/server/prompt.h"

#include "internal/base/strings.h"

namespace mcp::server {

std::string to_json(const Prompt& prompt) {
  std::string out = "{\"name\":" + json_quote(prompt.name);
  if (!prompt.title.empty()) out += ",\"title\":" + json_quote(prompt.title);
  if (!prompt.description.empty()) out += ",\"description\":" + json_quote(prompt.description);
  if (!prompt.arguments.empty()) {
    std::string list;
    for (const auto& argument : prompt.arguments) {
      if (!list.empty()) list += ',';
      list += "{\"name\":" + json_quote(argument.name);
      if (!argument.description.empty()) list += ",\"description\":" + json_quote(argument.description);
      list += argument.required ? ",\"required\":true}" : ",\"required\":false}";
    }
    out += ",\"arguments\":[" + list + "]";
  }
  return out + "}";
}

}  // namespace mcp::server
