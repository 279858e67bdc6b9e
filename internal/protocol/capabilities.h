#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::protocol {

inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

// What a client said it can do. `raw` is the object as it came; the flags are what we route by.
struct ClientCapabilities {
  std::string raw = "{}";
  bool sampling = false;
  bool sampling_tools = false;
  bool elicitation_form = false;  // `{}` means form only (2025-11-25)
  bool elicitation_url = false;
  bool roots = false;
  bool roots_list_changed = false;
  bool tasks = false;            // core of 2025-11-25: the client runs tasks for the server
  bool tasks_extension = false;  // io.modelcontextprotocol/tasks: the client takes tasks for results

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
  bool tasks = false;  // core of 2025-11-25: tasks.requests.tools.call
  bool tasks_list = false;
  bool tasks_cancel = false;
  bool tasks_extension = false;  // io.modelcontextprotocol/tasks of 2026-07-28
};
Result<ServerCapabilities> parse_server_capabilities(std::string_view raw);
// The object that says exactly what the flags say.
std::string to_json(const ServerCapabilities& capabilities);
std::string to_json(const ClientCapabilities& capabilities);

}  // namespace mcp::protocol
