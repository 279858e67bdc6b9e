#include "internal/gateway/reload_plan.h"

#include <algorithm>

namespace mcp::gateway {
namespace {

using config::ServerEntry;
using Names = std::vector<std::string>;

const ServerEntry* find(const std::vector<ServerEntry>& entries, const std::string& name) {
  auto found = std::find_if(entries.begin(), entries.end(),
                            [&name](const ServerEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

// The names of `entries` that stand in `others` too, in their order.
Names shared_names(const std::vector<ServerEntry>& entries, const std::vector<ServerEntry>& others) {
  Names names;
  for (const ServerEntry& entry : entries) {
    if (find(others, entry.name) != nullptr) names.push_back(entry.name);
  }
  return names;
}

}  // namespace

bool ReloadPlan::keeps(const std::string& name) const {
  return std::find(kept.begin(), kept.end(), name) != kept.end();
}

bool same_server(const ServerEntry& a, const ServerEntry& b) {
  ServerEntry other = b;
  other.required = a.required;
  other.call_timeout = a.call_timeout;
  other.max_call_time = a.max_call_time;
  other.max_in_flight = a.max_in_flight;
  other.max_queue = a.max_queue;
  other.max_children = a.max_children;
  other.origin = a.origin;
  other.written = a.written;  // of other servers: for its next start
  return a == other;
}

ReloadPlan plan_reload(const std::vector<ServerEntry>& before, const std::vector<ServerEntry>& after) {
  ReloadPlan plan;
  for (const ServerEntry& entry : after) {
    const ServerEntry* old = find(before, entry.name);
    Names& list = old == nullptr ? plan.added : same_server(*old, entry) ? plan.kept : plan.changed;
    list.push_back(entry.name);
  }
  for (const ServerEntry& entry : before) {
    if (find(after, entry.name) == nullptr) plan.removed.push_back(entry.name);
  }
  plan.reordered = shared_names(before, after) != shared_names(after, before);
  return plan;
}

}  // namespace mcp::gateway
