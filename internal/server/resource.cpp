#include "internal/server/resource.h"

#include "internal/base/strings.h"

namespace mcp::server {
namespace {

template <class Declared>
std::string described(std::string_view key, const std::string& where, const Declared& declared) {
  std::string out =
      "{" + json_quote(key) + ":" + json_quote(where) + ",\"name\":" + json_quote(declared.name);
  if (!declared.title.empty()) out += ",\"title\":" + json_quote(declared.title);
  if (!declared.description.empty()) out += ",\"description\":" + json_quote(declared.description);
  if (!declared.mime_type.empty()) out += ",\"mimeType\":" + json_quote(declared.mime_type);
  return out + "}";
}

}  // namespace

std::string to_json(const Resource& resource) { return described("uri", resource.uri, resource); }
std::string to_json(const ResourceTemplate& resource) {
  return described("uriTemplate", resource.uri_template, resource);
}

}  // namespace mcp::server
