#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mcp::server {

// Content blocks as raw JSON. Texts must be valid UTF-8; `data` is base64.
std::string text_content(std::string_view text);
std::string image_content(std::string_view data, std::string_view mime_type);
std::string audio_content(std::string_view data, std::string_view mime_type);
std::string resource_content(std::string_view uri, std::string_view mime_type, std::string_view text);
std::string resource_link(std::string_view uri, std::string_view name, std::string_view mime_type);

// What a tool answers.
struct ToolResult {
  std::vector<std::string> content;  // raw content blocks
  std::string structured;            // raw structuredContent, or empty
  bool is_error = false;             // the tool ran and failed: the model sees why (SEP-1303)

  static ToolResult text(std::string_view text) { return {{text_content(text)}, {}, false}; }
  static ToolResult failure(std::string_view text) { return {{text_content(text)}, {}, true}; }
  std::string to_json() const;
};

// What reading a resource answers.
struct ResourceResult {
  std::vector<std::string> contents;  // raw members of `contents`

  static ResourceResult text(std::string_view uri, std::string_view mime_type, std::string_view text);
  static ResourceResult blob(std::string_view uri, std::string_view mime_type, std::string_view data);
  std::string to_json() const;
};

// What a prompt renders to.
struct PromptResult {
  std::string description;
  std::vector<std::string> messages;  // raw

  // role: "user" or "assistant"; content: a raw content block.
  PromptResult& add(std::string_view role, std::string_view content);
  std::string to_json() const;
};

}  // namespace mcp::server
