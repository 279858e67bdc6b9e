#include "internal/gateway/catalogue.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/json/scan.h"
#include "internal/json/splice.h"
#include "internal/protocol/names.h"

namespace mcp::gateway {
namespace {

std::string_view key_member(ListKind kind) {
  switch (kind) {
    case ListKind::kTools:
    case ListKind::kPrompts: return "name";
    case ListKind::kResources: return "uri";
    case ListKind::kTemplates: return "uriTemplate";
  }
  return "name";
}

bool is_named(ListKind kind) { return kind == ListKind::kTools || kind == ListKind::kPrompts; }

Result<Item> read_item(ListKind kind, const Bytes& raw, const Naming& naming, bool strict_headers) {
  MCP_ASSIGN(auto fields, json::scan_object(raw));
  std::string_view key = fields.get(key_member(kind));
  auto name = json::decode_string(key);
  if (!name || name->empty()) {
    return fail(ErrorCode::kProtocol,
                "an entry of " + std::string(method_of(kind)) + " has no " + std::string(key_member(kind)));
  }
  Item item{*name, *name, raw, raw, {}};
  if (is_named(kind) && !naming.prefix.empty()) {
    item.exposed = protocol::join_name(naming.prefix, *name);
    json::Splice splice(raw.view());
    splice.replace(key, json_quote(item.exposed));
    item.shown = Bytes::adopt(splice.apply());
  }
  if (kind != ListKind::kTools) return item;
  auto headers = protocol::find_param_headers(fields.get("inputSchema"));
  if (!headers && strict_headers)
    return fail(std::move(headers.error()).wrap("tool \"" + *name + "\" is dropped"));
  if (headers) item.param_headers = std::move(*headers);
  return item;
}

}  // namespace

std::string_view method_of(ListKind kind) {
  switch (kind) {
    case ListKind::kTools: return "tools/list";
    case ListKind::kPrompts: return "prompts/list";
    case ListKind::kResources: return "resources/list";
    case ListKind::kTemplates: return "resources/templates/list";
  }
  return {};
}

std::string_view member_of(ListKind kind) {
  switch (kind) {
    case ListKind::kTools: return "tools";
    case ListKind::kPrompts: return "prompts";
    case ListKind::kResources: return "resources";
    case ListKind::kTemplates: return "resourceTemplates";
  }
  return {};
}

Naming naming_of(const config::ServerEntry& entry) {
  return {entry.prefix.value_or(entry.name + "__"), entry.allow_tools, entry.deny_tools};
}

bool Naming::shows_tool(std::string_view name) const {
  auto matches = [name](const std::string& glob) { return glob_match(glob, name); };
  if (std::any_of(deny.begin(), deny.end(), matches)) return false;
  return allow.empty() || std::any_of(allow.begin(), allow.end(), matches);
}

Listing Listing::build(ListKind kind, const std::vector<Bytes>& raws, const Naming& naming,
                       bool strict_headers, std::vector<std::string>& problems) {
  Listing listing;
  for (const Bytes& raw : raws) {
    auto item = read_item(kind, raw, naming, strict_headers);
    if (!item) {
      problems.push_back(item.error().message);
      continue;
    }
    if (kind == ListKind::kTools && !naming.shows_tool(item->key)) continue;
    if (listing.by_key(item->key) != nullptr) {
      problems.push_back(std::string(method_of(kind)) + " names \"" + item->key + "\" twice");
      continue;
    }
    listing.keys_.emplace(item->key, listing.items_.size());
    listing.names_.emplace(item->exposed, listing.items_.size());
    listing.items_.push_back(std::move(*item));
  }
  return listing;
}

const Item* Listing::by_key(std::string_view key) const {
  auto found = keys_.find(std::string(key));
  return found == keys_.end() ? nullptr : &items_[found->second];
}

const Item* Listing::by_exposed(std::string_view name) const {
  auto found = names_.find(std::string(name));
  return found == names_.end() ? nullptr : &items_[found->second];
}

bool operator==(const Listing& a, const Listing& b) {
  return std::equal(a.items_.begin(), a.items_.end(), b.items_.begin(), b.items_.end(),
                    [](const Item& x, const Item& y) { return x.shown == y.shown; });
}

}  // namespace mcp::gateway
