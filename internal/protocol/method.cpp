#include "internal/protocol/method.h"

#include <array>

namespace mcp::protocol {
namespace {

using enum Revision;
constexpr Direction kToServer = Direction::kToServer;
constexpr Direction kToClient = Direction::kToClient;
constexpr Revision kFirst = k2024_11_05;
constexpr Revision kLast = k2026_07_28;

// Requests first, then notifications. Where both sides may send one, the row tells the more usual direction.
constexpr std::array kMethods = {
    // name, direction, since, until, header_param, cacheable, mrtr, list_member
    Method{"initialize", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"ping", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"server/discover", kToServer, k2026_07_28, kLast, "", true, false, ""},
    Method{"tools/list", kToServer, kFirst, kLast, "", true, false, "tools"},
    Method{"tools/call", kToServer, kFirst, kLast, "name", false, true, ""},
    Method{"resources/list", kToServer, kFirst, kLast, "", true, false, "resources"},
    Method{"resources/templates/list", kToServer, kFirst, kLast, "", true, false, "resourceTemplates"},
    Method{"resources/read", kToServer, kFirst, kLast, "uri", true, true, ""},
    Method{"resources/subscribe", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"resources/unsubscribe", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"prompts/list", kToServer, kFirst, kLast, "", true, false, "prompts"},
    Method{"prompts/get", kToServer, kFirst, kLast, "name", false, true, ""},
    Method{"completion/complete", kToServer, kFirst, kLast, "", false, false, ""},
    Method{"logging/setLevel", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"subscriptions/listen", kToServer, k2026_07_28, kLast, "", false, false, ""},
    // Core of 2025-11-25; get and cancel live on in the extension io.modelcontextprotocol/tasks, which adds
    // update.
    Method{"tasks/get", kToServer, k2025_11_25, kLast, "taskId", false, false, ""},
    Method{"tasks/cancel", kToServer, k2025_11_25, kLast, "taskId", false, false, ""},
    Method{"tasks/update", kToServer, k2026_07_28, kLast, "taskId", false, false, ""},
    Method{"tasks/result", kToServer, k2025_11_25, k2025_11_25, "", false, false, ""},
    Method{"tasks/list", kToServer, k2025_11_25, k2025_11_25, "", false, false, "tasks"},
    // Questions to the client. In 2026-07-28 they travel only inside `input_required` results.
    Method{"sampling/createMessage", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"elicitation/create", kToClient, k2025_06_18, kLast, "", false, false, ""},
    Method{"roots/list", kToClient, kFirst, kLast, "", false, false, ""},

    Method{"notifications/initialized", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"notifications/roots/list_changed", kToServer, kFirst, k2025_11_25, "", false, false, ""},
    Method{"notifications/cancelled", kToServer, kFirst, kLast, "", false, false, ""},
    Method{"notifications/progress", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/message", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/tools/list_changed", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/prompts/list_changed", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/resources/list_changed", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/resources/updated", kToClient, kFirst, kLast, "", false, false, ""},
    Method{"notifications/elicitation/complete", kToClient, k2025_11_25, k2025_11_25, "", false, false, ""},
    Method{"notifications/tasks/status", kToClient, k2025_11_25, k2025_11_25, "", false, false, ""},
    Method{"notifications/subscriptions/acknowledged", kToClient, k2026_07_28, kLast, "", false, false, ""},
    Method{"notifications/tasks", kToClient, k2026_07_28, kLast, "", false, false, ""},
};

}  // namespace

std::span<const Method> methods() { return kMethods; }

const Method* find_method(std::string_view name) {
  for (const Method& method : kMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

bool exists_in(const Method& method, Revision revision) {
  return method.since <= revision && revision <= method.until;
}

}  // namespace mcp::protocol
