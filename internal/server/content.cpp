#include "internal/server/content.h"

#include "internal/base/strings.h"

namespace mcp::server {
namespace {

std::string joined(const std::vector<std::string>& raw) {
  std::string out = "[";
  for (const auto& item : raw) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + "]";
}

std::string binary(std::string_view type, std::string_view data, std::string_view mime_type) {
  return "{\"type\":" + json_quote(type) + ",\"data\":" + json_quote(data) +
         ",\"mimeType\":" + json_quote(mime_type) + "}";
}

std::string located(std::string_view uri, std::string_view mime_type, std::string_view key,
                    std::string_view value) {
  return "{\"uri\":" + json_quote(uri) + ",\"mimeType\":" + json_quote(mime_type) + "," + json_quote(key) +
         ":" + json_quote(value) + "}";
}

}  // namespace

std::string text_content(std::string_view text) {
  return "{\"type\":\"text\",\"text\":" + json_quote(text) + "}";
}

std::string image_content(std::string_view data, std::string_view mime_type) {
  return binary("image", data, mime_type);
}

std::string audio_content(std::string_view data, std::string_view mime_type) {
  return binary("audio", data, mime_type);
}

std::string resource_content(std::string_view uri, std::string_view mime_type, std::string_view text) {
  return "{\"type\":\"resource\",\"resource\":" + located(uri, mime_type, "text", text) + "}";
}

std::string resource_link(std::string_view uri, std::string_view name, std::string_view mime_type) {
  return "{\"type\":\"resource_link\",\"uri\":" + json_quote(uri) + ",\"name\":" + json_quote(name) +
         ",\"mimeType\":" + json_quote(mime_type) + "}";
}

std::string ToolResult::to_json() const {
  std::string out = "{\"content\":" + joined(content);
  if (!structured.empty()) out += ",\"structuredContent\":" + structured;
  if (is_error) out += ",\"isError\":true";
  return out + "}";
}

ResourceResult ResourceResult::text(std::string_view uri, std::string_view mime_type, std::string_view text) {
  return {{located(uri, mime_type, "text", text)}};
}

ResourceResult ResourceResult::blob(std::string_view uri, std::string_view mime_type, std::string_view data) {
  return {{located(uri, mime_type, "blob", data)}};
}

std::string ResourceResult::to_json() const { return "{\"contents\":" + joined(contents) + "}"; }

PromptResult& PromptResult::add(std::string_view role, std::string_view content) {
  messages.push_back("{\"role\":" + json_quote(role) + ",\"content\":" + std::string(content) + "}");
  return *this;
}

std::string PromptResult::to_json() const {
  std::string out = "{";
  if (!description.empty()) out += "\"description\":" + json_quote(description) + ",";
  return out + "\"messages\":" + joined(messages) + "}";
}

}  // namespace mcp::server
