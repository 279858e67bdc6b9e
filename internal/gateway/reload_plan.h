#pragma once

#include <string>
#include <vector>

#include "internal/config/server_entry.h"

namespace mcp::gateway {

// What a new configuration does to the servers of the old one. Names, each in exactly one of the four lists.
struct ReloadPlan {
  std::vector<std::string> kept;     // the process and all its sessions live on
  std::vector<std::string> changed;  // started anew
  std::vector<std::string> added;
  std::vector<std::string> removed;
  bool reordered = false;  // those that stay stand in another order

  bool restarts_nothing() const { return changed.empty() && added.empty() && removed.empty(); }
  bool keeps(const std::string& name) const;
};

// Would a running server notice the difference? What only we act on (required, call_timeout) and where the
// entry stands in its file do not count.
bool same_server(const config::ServerEntry& a, const config::ServerEntry& b);

// Pure.
ReloadPlan plan_reload(const std::vector<config::ServerEntry>& before,
                       const std::vector<config::ServerEntry>& after);

}  // namespace mcp::gateway
