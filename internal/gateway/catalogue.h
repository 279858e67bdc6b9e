#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/error.h"
#include "internal/config/server_entry.h"
#include "internal/protocol/headers.h"

namespace mcp::gateway {

// What a gateway lists.
enum class ListKind { kTools, kPrompts, kResources, kTemplates };
inline constexpr ListKind kAllLists[] = {ListKind::kTools, ListKind::kPrompts, ListKind::kResources,
                                         ListKind::kTemplates};
std::string_view method_of(ListKind kind);  // "tools/list"
std::string_view member_of(ListKind kind);  // "tools"

// How one server's names appear behind the merged endpoint.
struct Naming {
  std::string prefix;              // "files__", or empty
  std::vector<std::string> allow;  // globs over the server's own tool names; empty: all
  std::vector<std::string> deny;

  bool shows_tool(std::string_view name) const;
  friend bool operator==(const Naming&, const Naming&) = default;
};
Naming naming_of(const config::ServerEntry& entry);

// One tool, prompt, resource or template.
struct Item {
  std::string key;      // the server's own name; for resources the uri, for templates the uriTemplate
  std::string exposed;  // the name on the merged endpoint; the key itself for resources and templates
  Bytes raw;            // as the server sent it
  Bytes shown;          // with the exposed name spliced in
  std::vector<protocol::ParamHeader> param_headers;  // tools: x-mcp-header
};

// One list of one server. Immutable once built.
class Listing {
 public:
  // Items that cannot be used (no name, a name that stands twice, broken x-mcp-header when strict_headers)
  // are left out and named in `problems`.
  static Listing build(ListKind kind, const std::vector<Bytes>& raws, const Naming& naming,
                       bool strict_headers, std::vector<std::string>& problems);

  const std::vector<Item>& items() const { return items_; }
  const Item* by_key(std::string_view key) const;
  const Item* by_exposed(std::string_view name) const;

  // Do both show the same bytes?
  friend bool operator==(const Listing& a, const Listing& b);

 private:
  std::vector<Item> items_;
  std::unordered_map<std::string, std::size_t> keys_;
  std::unordered_map<std::string, std::size_t> names_;
};

}  // namespace mcp::gateway
