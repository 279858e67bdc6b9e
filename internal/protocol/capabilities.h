#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::protocol {

// What a client said it can do. `raw` is the object as it came; the flags are what we route by.
struct ClientCapabilities {
  std::string raw = "{}";
  bool sampling = false;
  bool sampling_tools = false;
  bool elicitation_form = false;  // `{}` means form only (2025-11-25)
  bool elicitation_url = false;
  bool roots = false;
  bool roots_list_changed = false;
  bool tasks = false;  // the 2026 extension or the core of 2025-11-25

  // Does the client answer questions of its own? Such a session gets its own child (DESIGN §4).
  bool answers_questions() const { return sampling || elicitation_form || elicitation_url || roots; }
};
// Errors: kInvalid (not an object, or a known member that is not one).
Result<ClientCapabilities> parse_client_capabilities(std::string_view raw);

// What a server said it offers.
struct ServerCapabilities {
  std::string raw = "{}";
  bool tools = false;
  bool tools_list_changed = false;
  bool resources = false;
  bool resources_list_changed = false;
  bool resources_subscribe = false;
  bool prompts = false;
  bool prompts_list_changed = false;
  bool completions = false;
  bool logging = false;
  bool tasks = false;
};
Result<ServerCapabilities> parse_server_capabilities(std::string_view raw);
// The object that says exactly what the flags say; tasks as the extension of 2026-07-28.
std::string to_json(const ServerCapabilities& capabilities);
std::string to_json(const ClientCapabilities& capabilities);

}  // namespace mcp::protocol
