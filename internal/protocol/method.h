#pragma once

#include <span>
#include <string_view>

#include "internal/protocol/revision.h"

namespace mcp::protocol {

enum class Direction { kToServer, kToClient };

// One row of protocol.md §2.3 and of the legacy schema: what the core knows of a method.
struct Method {
  std::string_view name;
  Direction direction = Direction::kToServer;
  Revision since = Revision::k2024_11_05;
  Revision until = Revision::k2026_07_28;  // last revision that has it
  std::string_view header_param;  // params member mirrored in Mcp-Name: "name", "uri", "taskId", or none
  bool cacheable = false;         // its complete result carries ttlMs and cacheScope (SEP-2549)
  bool mrtr = false;              // may answer `input_required` (SEP-2322)
  std::string_view list_member;   // "tools" for tools/list … : paginated
};

// All of them; a method's place among them tells which it is.
std::span<const Method> methods();
// nullptr for a method that no revision has.
const Method* find_method(std::string_view name);
bool exists_in(const Method& method, Revision revision);

}  // namespace mcp::protocol
