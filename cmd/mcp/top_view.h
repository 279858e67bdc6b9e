#pragma once

#include <string>
#include <vector>

#include "internal/base/error.h"

namespace mcp::cmd {

// How a snapshot of a gateway (gateway/snapshot.h) is shown.
struct TopLayout {
  std::size_t width = 80;   // columns; no line is wider
  std::size_t height = 24;  // lines; servers that have no room are counted on the last one. 0: no end
  bool color = false;
};

// The lines of one view. Pure. Errors: kProtocol (not a snapshot).
Result<std::vector<std::string>> render_top(const std::string& snapshot, const TopLayout& layout);

}  // namespace mcp::cmd
