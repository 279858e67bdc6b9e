#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "internal/gateway/gateway.h"

namespace mcp::gateway {

// Who is there at this moment, of one server.
struct ServerCensus {
  std::string name;
  std::map<Link::State, std::size_t> links;  // connections and instances by state
  std::vector<pid_t> children;
  std::size_t waiting = 0;  // calls that wait for a place
  std::size_t running = 0;  // calls that it has not answered yet
};
std::vector<ServerCensus> take_census(const Gateway& gateway);

}  // namespace mcp::gateway
