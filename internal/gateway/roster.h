#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/gateway/upstream.h"

namespace mcp::gateway {

// The servers of one endpoint, in the order in which they win. A value: a reload gives the endpoint another
// one, and whoever walks this one across a suspension keeps what it began with.
class Roster {
 public:
  Roster() : Roster(std::vector<UpstreamPtr>()) {}
  explicit Roster(std::vector<UpstreamPtr> servers)
      : servers_(std::make_shared<const std::vector<UpstreamPtr>>(std::move(servers))) {}

  auto begin() const { return servers_->begin(); }
  auto end() const { return servers_->end(); }
  std::size_t size() const { return servers_->size(); }
  // Null when there is none of this name.
  UpstreamPtr find(std::string_view name) const {
    for (const UpstreamPtr& server : *servers_) {
      if (server->name() == name) return server;
    }
    return nullptr;
  }
  bool contains(const UpstreamPtr& server) const { return find(server->name()) == server; }

  friend bool operator==(const Roster& a, const Roster& b) { return a.servers_ == b.servers_; }

 private:
  std::shared_ptr<const std::vector<UpstreamPtr>> servers_;
};

}  // namespace mcp::gateway
