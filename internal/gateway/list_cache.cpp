#include "internal/gateway/list_cache.h"

#include <algorithm>

namespace mcp::gateway {

ShelfPtr ListCache::at(ListKind kind, const std::string& principal, const std::function<ShelfPtr()>& make) {
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.kind == kind && entry.principal == principal;
  });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front().shelf;
  }
  if (entries_.size() >= limit_) entries_.pop_back();
  entries_.push_front(Entry{kind, principal, make()});
  return entries_.front().shelf;
}

ShelfPtr ListCache::find(ListKind kind, const std::string& principal) const {
  for (const Entry& entry : entries_) {
    if (entry.kind == kind && entry.principal == principal) return entry.shelf;
  }
  return nullptr;
}

void ListCache::invalidate(ListKind kind) {
  for (const Entry& entry : entries_) {
    if (entry.kind == kind) entry.shelf->invalidate();
  }
}

void ListCache::disconnect() {
  for (const Entry& entry : entries_) entry.shelf->disconnect();
}

}  // namespace mcp::gateway
