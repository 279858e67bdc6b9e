#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/sandbox/paths.h"

namespace mcp::sandbox {

// The folders that servers may write. Whatever is found in them, a link or the first line of a script, may
// have been put there by a server, so that it decides nothing but what lies in the same folders.
class Written {
 public:
  Written() = default;
  // Of paths as they were configured; those that are not there are left out.
  explicit Written(const std::vector<std::string>& paths);

  // Those that `real`, a path without links, lies in.
  std::vector<std::string> around(std::string_view real) const;
  // Those that hold a link on the way.
  std::vector<std::string> around(const Way& way) const;

  // The first of `folders` that `real` does not lie in; empty: it lies in all of them.
  static std::string left(const std::string& real, const std::vector<std::string>& folders);

 private:
  std::vector<std::string> folders_;  // real
};

}  // namespace mcp::sandbox
