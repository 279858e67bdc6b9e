#pragma once

#include <functional>
#include <list>
#include <string>

#include "internal/gateway/shelf.h"

namespace mcp::gateway {

// Lists that one server marked `cacheScope: private`, one of each kind for each of our principals (2026-07-28
// caching: a shared intermediary may use a private result within one authorization context only).
//
// Which context is meant? Towards the server all our requests carry the gateway's own credentials, so that it
// cannot tell our principals apart by them; but it sees each request's `_meta`, and what it calls private it
// may have made for whoever it believes to be asking. What one principal's question brought is therefore
// never shown to another: each asks for itself, and its answer is used again for itself. The gateway's own
// reading, which routing needs, was nobody's question; it stands in where a principal's own cannot be had.
class ListCache {
 public:
  static constexpr std::size_t kMaxLists = 256;

  explicit ListCache(std::size_t limit = kMaxLists) : limit_(limit) {}

  // The principal's list, made when there is none. The list that was not asked for longest goes when there is
  // no room.
  ShelfPtr at(ListKind kind, const std::string& principal, const std::function<ShelfPtr()>& make);
  // Null when there is none.
  ShelfPtr find(ListKind kind, const std::string& principal) const;

  // The server said that it changed.
  void invalidate(ListKind kind);
  void disconnect();
  void clear() { entries_.clear(); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    ListKind kind;
    std::string principal;
    ShelfPtr shelf;
  };

  std::size_t limit_;
  std::list<Entry> entries_;  // latest used first
};

}  // namespace mcp::gateway
