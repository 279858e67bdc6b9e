#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "internal/gateway/roster.h"

namespace mcp::gateway {

// What one server lists although an earlier one, its owner on the merged endpoint, lists it too.
struct Overlap {
  std::string owner;
  std::string hidden;              // the server whose part nobody sees there
  std::vector<std::string> names;  // or uris, in the hidden one's order
};

// One server's claims to one kind of key.
struct Claim {
  std::string server;
  const Listing* listing;
};

// In the order in which the servers win; one entry a pair. Pure.
std::vector<Overlap> find_overlaps(const std::vector<Claim>& claims);

// Tells the log what is hidden on the merged endpoint (DESIGN §6): names, a line for each pair of servers;
// uris, a line for each server. Once, and again when something new is hidden; the whole list is a matter of
// debugging.
class Overlaps {
 public:
  void report(const Roster& roster);
  // From now on everything is new.
  void forget() { told_.clear(); }

 private:
  bool is_news(const std::string& about, const std::vector<std::string>& names);
  void report_names(const Overlap& overlap);
  void report_uris(const std::string& server, const std::vector<Overlap>& overlaps);

  std::map<std::string, std::set<std::string>> told_;  // names by what they were told about
};

}  // namespace mcp::gateway
