#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "internal/base/bytes.h"

namespace mcp::gateway {

// Which server last mentioned a resource: a read of a uri that nobody lists goes there (DESIGN §6). The one
// that was mentioned or read longest ago is forgotten first. Pure.
class MentionedLinks {
 public:
  explicit MentionedLinks(std::size_t limit) : limit_(limit) {}

  void remember(const std::string& uri, const std::string& server);
  // Empty when nobody did.
  std::string server_of(const std::string& uri);
  // Those of servers that are gone.
  void forget_servers(const std::function<bool(const std::string& server)>& gone);
  std::size_t size() const { return order_.size(); }

 private:
  using Order = std::list<std::pair<std::string, std::string>>;  // uri, server; latest used first

  std::size_t limit_;
  Order order_;
  std::unordered_map<std::string, Order::iterator> by_uri_;
};

// The uris that a result mentions: resource links and embedded resources among a tool's `content` and the
// contents of a prompt's `messages`, and the `contents` of a read resource.
std::vector<std::string> mentioned_uris(std::string_view result);

}  // namespace mcp::gateway
