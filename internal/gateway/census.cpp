#include "internal/gateway/census.h"

namespace mcp::gateway {

std::vector<ServerCensus> take_census(const Gateway& gateway) {
  std::vector<ServerCensus> all;
  for (const UpstreamPtr& upstream : gateway.roster()) {
    ServerCensus census;
    census.name = upstream->name();
    census.running = upstream->running();
    census.waiting = upstream->admission()->waiting();
    auto links = upstream->links();
    auto leased = upstream->leases().links();
    links.insert(links.end(), leased.begin(), leased.end());
    for (const LinkPtr& link : links) {
      ++census.links[link->state()];
      if (link->pid() != 0) census.children.push_back(link->pid());
    }
    all.push_back(std::move(census));
  }
  return all;
}

}  // namespace mcp::gateway
