#pragma once

#include <vector>

#include "internal/base/unique_fd.h"
#include "internal/sandbox/idmap.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/status.h"

namespace mcp::sandbox {

// Where building the view failed; errno says why.
struct Failure {
  bool failed = false;
  Step step = Step::kRoot;
  std::int32_t index = -1;
};

// Makes `view` the whole file system of this process: its sources are taken from the machine's root, put
// below an empty one, and the machine's root is left for good (pivot_root). Runs in a mount namespace of its
// own.
Failure enter_view(const std::vector<Item>& view, const IdmapTable& identities);

}  // namespace mcp::sandbox
