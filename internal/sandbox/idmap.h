#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

#include "internal/base/unique_fd.h"
#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// A root gateway's programs run as a user that owns nothing. A path that the policy names shall all the same
// be theirs as it is its owner's: its mount maps that owner to the program's user (mount_setattr(2),
// ID-mapped mounts). The map is carried by a user namespace, one an owner.
class IdmapTable {
 public:
  // For the items of `view` that are marked `own`; `outside` is the program's user and group. Items for which
  // it cannot be done (not root, no such path) have none. Runs in the parent, as root, before the clone.
  static IdmapTable make(const std::vector<Item>& view, uid_t outside);

  // The descriptor for an item, by its index; -1: none.
  int of(std::size_t index) const;

 private:
  std::map<std::size_t, int> items_;
  std::vector<UniqueFd> owned_;
};

}  // namespace mcp::sandbox
